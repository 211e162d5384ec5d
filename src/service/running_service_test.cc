// Real processes throughout: each test starts a program, makes it misbehave, and looks in /proc for what is left.
#include "service/running_service.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/format.h"
#include "service/process_tree.h"

namespace loadstone::service {
namespace {

using ::testing::HasSubstr;

// Whether a process is there and not merely waiting to be reaped. Not by a stream: one throws when the process ends
// between opening and reading.
bool is_alive(pid_t pid) {
  const int fd = ::open(format("/proc/{}/stat", pid).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char text[1024];
  const ssize_t n = ::read(fd, text, sizeof text);
  ::close(fd);
  const std::string stat(text, n > 0 ? static_cast<std::size_t>(n) : 0);
  const auto end = stat.rfind(')');
  return end != std::string::npos && end + 2 < stat.size() && stat[end + 2] != 'Z' && stat[end + 2] != 'X';
}

// Waits for what must come, as long as a slow machine may need.
bool eventually(const std::function<bool()>& holds) {
  const Instant end = SteadyClock::read() + Nanoseconds(20s);
  while (!holds()) {
    if (SteadyClock::read() > end) return false;
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

class RunningServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() +
              format("service_{}_{}", ::getpid(), ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    script_ = std::filesystem::absolute("src/service/testdata/service.py").string();
  }
  void TearDown() override {
    for (const pid_t pid : pids())
      if (is_alive(pid)) ::kill(pid, SIGKILL);
    std::filesystem::remove_all(folder_);
  }

  [[nodiscard]] scenario::Service python(std::vector<std::string> flags = {}) const {
    scenario::Service service = program({"/usr/bin/python3", script_, folder_ + "/socket", folder_ + "/pids"});
    service.command.insert(service.command.end(), flags.begin(), flags.end());
    service.ready_target = "/health";
    return service;
  }
  [[nodiscard]] scenario::Service program(std::vector<std::string> command) const {
    scenario::Service service;
    service.command = std::move(command);
    service.endpoint.url = {"http", "localhost", 80, "/"};
    service.endpoint.unix_socket = folder_ + "/socket";
    service.ready_timeout = 20s;
    return service;
  }
  [[nodiscard]] std::string log() const { return folder_ + "/service.log"; }
  [[nodiscard]] std::string log_text() const {
    std::ifstream in(log());
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // Of the processes that the script made.
  [[nodiscard]] std::vector<pid_t> pids() const {
    std::ifstream in(folder_ + "/pids");
    std::vector<pid_t> all;
    for (pid_t pid = 0; in >> pid;) all.push_back(pid);
    return all;
  }
  [[nodiscard]] bool any_alive() const {
    const auto all = pids();
    return std::any_of(all.begin(), all.end(), is_alive);
  }

  std::string folder_;
  std::string script_;
};

TEST_F(RunningServiceTest, WaitsUntilTheServiceSaysThatItIsReadyAndStopsIt) {
  auto service = python({"--answers", "503,202,204"});
  service.environment = {{"PYTHONUNBUFFERED", "1"}};
  auto running = RunningService::start(service, log());
  ASSERT_TRUE(running) << running.error().message;
  EXPECT_EQ(log_text(), "listening\nanswered 503\nanswered 202\nanswered 204\n");
  EXPECT_TRUE(is_alive(running->pid()));
  EXPECT_FALSE(running->died());
  EXPECT_TRUE(running->stop());
  EXPECT_FALSE(is_alive(running->pid()));
  EXPECT_TRUE(running->stop());  // a second time does nothing
}

TEST_F(RunningServiceTest, AProgramThatEndsEarlyIsShownWithItsLastWords) {
  const auto running = RunningService::start(program({"sh", "-c", "echo cannot bind >&2; exit 3"}), log());
  ASSERT_FALSE(running);
  EXPECT_THAT(running.error().message, HasSubstr("exited with code 3"));
  EXPECT_THAT(running.error().message, HasSubstr("\n  cannot bind"));
}

TEST_F(RunningServiceTest, WhatCannotBeStartedSaysWhy) {
  EXPECT_THAT(RunningService::start(program({"/no/such/program"}), log()).error().message,
              HasSubstr("cannot start the service /no/such/program: No such file"));
  EXPECT_THAT(RunningService::start(program({"no-such-program-in-path"}), log()).error().message,
              HasSubstr("No such file"));
  EXPECT_THAT(RunningService::start(program({"/"}), log()).error().message, HasSubstr("Permission denied"));
  auto elsewhere = program({"true"});
  elsewhere.directory = "/no/such/folder";
  EXPECT_THAT(RunningService::start(elsewhere, log()).error().message, HasSubstr("directory /no/such/folder"));
  EXPECT_THAT(RunningService::start(program({"true"}), "/no/such/log").error().message, HasSubstr("log /no/such/log"));
}

TEST_F(RunningServiceTest, AServiceThatNeverGetsReadyIsStopped) {
  auto service = python({"--answers", "503"});
  service.ready_timeout = 1500ms;
  const auto running = RunningService::start(service, log());
  ASSERT_FALSE(running);
  EXPECT_THAT(running.error().message, HasSubstr("not ready after 1.50 s"));
  EXPECT_FALSE(any_alive());

  auto deaf = program({"sleep", "60"});
  deaf.ready_timeout = 200ms;
  EXPECT_THAT(RunningService::start(deaf, log()).error().message, HasSubstr("it printed nothing"));
}

TEST_F(RunningServiceTest, WaitingCanBeGivenUp) {
  const auto running = RunningService::start(program({"sleep", "60"}), log(), [] { return true; });
  ASSERT_FALSE(running);
  EXPECT_THAT(running.error().message, HasSubstr("interrupted"));
}

TEST_F(RunningServiceTest, AServiceThatIgnoresSigtermIsKilled) {
  auto service = python({"--ignore-term"});
  service.stop_timeout = 200ms;
  auto running = RunningService::start(service, log());
  ASSERT_TRUE(running) << running.error().message;
  EXPECT_TRUE(running->stop());
  EXPECT_EQ(pids().size(), 1U);
  EXPECT_FALSE(any_alive());
}

TEST_F(RunningServiceTest, GrandchildrenInSessionsOfTheirOwnAreStoppedToo) {
  auto service = python({"--children", "3"});
  service.stop_timeout = 200ms;
  auto running = RunningService::start(service, log());
  ASSERT_TRUE(running) << running.error().message;
  EXPECT_EQ(pids().size(), 4U);
  EXPECT_EQ(descendants(running->keeper()).size(), 4U);
  EXPECT_TRUE(running->stop());
  EXPECT_FALSE(any_alive());
}

TEST_F(RunningServiceTest, AServiceMayGoIntoTheBackground) {
  auto running = RunningService::start(python({"--daemon"}), log());
  ASSERT_TRUE(running) << running.error().message;
  EXPECT_FALSE(is_alive(running->pid()));  // the process started first has ended
  EXPECT_FALSE(running->died());           // but what it left serves
  EXPECT_TRUE(any_alive());
  EXPECT_TRUE(running->stop());
  EXPECT_FALSE(any_alive());
}

TEST_F(RunningServiceTest, AServiceThatDiesDuringTheRunIsNoticed) {
  auto running = RunningService::start(python(), log());
  ASSERT_TRUE(running) << running.error().message;
  ::kill(running->pid(), SIGKILL);
  std::optional<std::string> why;
  ASSERT_TRUE(eventually([&] { return (why = running->died()).has_value(); }));
  EXPECT_THAT(*why, HasSubstr("the service was killed by signal 9 (Killed); the end of its output"));
  EXPECT_THAT(*why, HasSubstr("\n  listening"));
  EXPECT_EQ(running->died(), why);
  EXPECT_TRUE(running->stop());
}

TEST_F(RunningServiceTest, AnAddressThatIsTakenIsNotMeasuredByMistake) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  auto service = program({"sleep", "60"});
  service.endpoint.unix_socket.clear();
  service.endpoint.url = {"http", "127.0.0.1", ntohs(address.sin_port), "/"};
  const auto running = RunningService::start(service, log());
  ASSERT_FALSE(running);
  EXPECT_THAT(running.error().message,
              HasSubstr(format("something already answers at 127.0.0.1:{}", ntohs(address.sin_port))));
  EXPECT_FALSE(std::filesystem::exists(log()));  // nothing was started
  ::close(listener);
}

// However loadstone ends, nothing is left of the service.
class AbruptEnd : public RunningServiceTest, public ::testing::WithParamInterface<int> {};

TEST_P(AbruptEnd, LeavesNothingRunning) {
  auto service = python({"--children", "2", "--ignore-term"});
  service.stop_timeout = 200ms;
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const pid_t loadstone = ::fork();
  ASSERT_GE(loadstone, 0);
  if (loadstone == 0) {
    ::setpgid(0, 0);
    const auto running = RunningService::start(service, log());
    const pid_t keeper = running ? running->keeper() : -1;
    if (::write(pipe[1], &keeper, sizeof keeper) < 0) ::_exit(1);
    while (true) ::pause();
  }
  ::close(pipe[1]);
  pid_t keeper = 0;
  ASSERT_EQ(::read(pipe[0], &keeper, sizeof keeper), static_cast<ssize_t>(sizeof keeper));
  ::close(pipe[0]);
  ASSERT_GT(keeper, 0);
  ASSERT_EQ(pids().size(), 3U);
  ASSERT_TRUE(any_alive());
  ::kill(-loadstone, GetParam());  // the whole process group, as a terminal does
  ASSERT_EQ(::waitpid(loadstone, nullptr, 0), loadstone);
  EXPECT_TRUE(eventually([&] { return !any_alive() && !is_alive(keeper); }));
}
INSTANTIATE_TEST_SUITE_P(Signals, AbruptEnd, ::testing::Values(SIGKILL, SIGINT, SIGSEGV, SIGHUP));

TEST_F(RunningServiceTest, TheServiceDiesWithItsKeeper) {
  auto running = RunningService::start(python(), log());
  ASSERT_TRUE(running) << running.error().message;
  ::kill(running->keeper(), SIGKILL);
  EXPECT_TRUE(eventually([&] { return !is_alive(running->pid()); }));
  EXPECT_FALSE(running->stop());  // says that the keeper did not answer
}

TEST(LastLines, AreFewAndSafeToPrint) {
  const std::string file = ::testing::TempDir() + "last_lines";
  std::ofstream(file) << "one\ntwo\x1b[31m\r\n" << std::string(1000, 'x') << "\nlast without break";
  EXPECT_EQ(last_lines(file, 2), "  " + std::string(300, 'x') + "\n  last without break");
  EXPECT_EQ(last_lines(file, 3).find('\x1b'), std::string::npos);
  EXPECT_EQ(last_lines("/no/such/file", 3), "");
}

}  // namespace
}  // namespace loadstone::service
