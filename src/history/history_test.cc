#include "history/history.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <thread>

#include "history/statement.h"

namespace loadstone::history {
namespace {

namespace fs = std::filesystem;

struct Folder {
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "loadstone-XXXXXX").string();
    path = mkdtemp(pattern.data());
  }
  ~Folder() { fs::remove_all(path); }
  fs::path path;
};

// A run of two scenarios; `number` makes it different from others.
result::RunResult run_number(int number) {
  result::RunResult run;
  run.run.suite = "suite";
  run.run.version = "1";
  run.run.command = "loadstone run";
  run.run.seed = 0xffff'ffff'ffff'ff00ULL + static_cast<std::uint64_t>(number % 100);
  run.run.started_at = 1000.5 + number;
  run.run.environment = {{"cpu", "x"}, {"cores", "2"}};
  for (const char* name : {"one", "two"}) {
    result::ScenarioResult s;
    s.name = name;
    s.plan = "a plan";
    s.measured_seconds = 10;
    s.verdict = result::Verdict::kPass;
    s.metrics = {{"latency.p50", 0.001 + number * 1e-6},
                 {"latency.p95", 0.1 / 3},
                 {"rate", 100},
                 {"requests", 1000},
                 {"failures", 2}};
    run.scenarios.push_back(std::move(s));
  }
  return run;
}

History open(const fs::path& file) {
  auto history = History::open(file);
  EXPECT_TRUE(history) << history.error().message;
  return std::move(*history);
}

TEST(History, WhatIsSavedComesBack) {
  const Folder folder;
  const auto file = folder.path / "deep" / "history.db";
  {
    auto history = open(file);
    EXPECT_EQ(*history.save("main", run_number(2)), true);
    EXPECT_EQ(*history.save("main", run_number(1)), true);
    EXPECT_EQ(*history.save("main", run_number(2)), false);  // again
    EXPECT_EQ(*history.save("other", run_number(2)), true);
  }
  auto history = open(file);
  const auto list = history.list();
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 2U);
  EXPECT_EQ(list->at(0).name, "main");
  EXPECT_EQ(list->at(0).runs, 2U);
  EXPECT_EQ(list->at(0).last, 1002.5);
  const auto runs = history.load("main");
  ASSERT_TRUE(runs);
  ASSERT_EQ(runs->size(), 2U);
  EXPECT_EQ(runs->at(0).started_at, 1001.5);  // in order of time
  EXPECT_EQ(runs->at(1).seed, run_number(2).run.seed);
  const auto& one = runs->at(1).scenarios.at("one");
  EXPECT_EQ(one.values, compare::observe(run_number(2)).at("one").values);  // every bit
  EXPECT_EQ(one.environment.at("cores"), "2");
  EXPECT_EQ(one.plan, "a plan");
  EXPECT_EQ(one.errors.events, 2U);
  EXPECT_TRUE(one.is_valid);
}

TEST(History, RemovingABaselineLeavesTheOthers) {
  const Folder folder;
  auto history = open(folder.path / "h.db");
  EXPECT_TRUE(history.save("a", run_number(1)) && history.save("a", run_number(2)) && history.save("b", run_number(1)));
  EXPECT_EQ(*history.remove("a"), 2U);
  EXPECT_EQ(history.load("a").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(history.remove("a").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(history.load("b")->at(0).scenarios.size(), 2U);
}

TEST(History, FilesOfOthersAreRefused) {
  const Folder folder;
  const auto file = folder.path / "h.db";
  FILE* f = std::fopen(file.c_str(), "w");
  std::fputs("this is a text and no database at all, however long it goes on and on and on\n", f);
  std::fclose(f);
  EXPECT_FALSE(History::open(file));
  const auto later = folder.path / "later.db";
  open(later);
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(later.c_str(), &database), SQLITE_OK);
  EXPECT_TRUE(run(database, "PRAGMA user_version = 99"));
  sqlite3_close(database);
  const auto refused = History::open(later);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("later loadstone"), std::string::npos);
}

// Saves runs first, first + 1, ... and tells the number of each that has been saved.
pid_t saver(const fs::path& file, int first, int count, int tell) {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  for (int i = 0; i < count; ++i) {
    auto history = History::open(file);
    if (!history || !history->save("main", run_number(first + i))) ::_exit(1);
    const int number = first + i;
    if (::write(tell, &number, sizeof number) != sizeof number) ::_exit(1);
  }
  ::_exit(0);
}

// All runs are whole.
void expect_whole(History& history) {
  const auto runs = history.load("main");
  ASSERT_TRUE(runs) << runs.error().message;
  for (const auto& saved : *runs) {
    ASSERT_EQ(saved.scenarios.size(), 2U);
    for (const auto& [name, o] : saved.scenarios) {
      EXPECT_EQ(o.values.size(), 3U);
      EXPECT_EQ(o.environment.size(), 2U);
    }
  }
}

TEST(History, ManyProcessesSaveAtOnceAndLoseNothing) {
  const Folder folder;
  const auto file = folder.path / "h.db";  // not there yet: they race for making it, too
  int pipes[2];
  ASSERT_EQ(::pipe(pipes), 0);
  constexpr int kProcesses = 6, kEach = 8;
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p) children.push_back(saver(file, 100 * p, kEach, pipes[1]));
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  auto history = open(file);
  EXPECT_EQ(history.load("main")->size(), std::size_t{kProcesses * kEach});
  expect_whole(history);
  ::close(pipes[0]);
  ::close(pipes[1]);
}

TEST(History, AKillInTheMiddleOfASaveLosesNothingThatWasSaved) {
  const Folder folder;
  const auto file = folder.path / "h.db";
  open(file);
  std::vector<int> told;
  for (int round = 0; round < 12; ++round) {
    int pipes[2];
    ASSERT_EQ(::pipe(pipes), 0);
    const pid_t child = saver(file, 1000 * (round + 1), 1000, pipes[1]);
    ::close(pipes[1]);
    int number = 0;
    // After so many saves, and then somewhere within the next.
    for (int i = 0; i <= round % 3; ++i)
      if (::read(pipes[0], &number, sizeof number) == sizeof number) told.push_back(number);
    std::this_thread::sleep_for(std::chrono::microseconds(300 * round));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    while (::read(pipes[0], &number, sizeof number) == sizeof number) told.push_back(number);
    ::close(pipes[0]);
  }
  auto history = open(file);
  std::vector<double> saved;
  const auto runs = history.load("main");
  ASSERT_TRUE(runs);
  for (const auto& r : *runs) saved.push_back(r.started_at);
  for (const int number : told) EXPECT_EQ(std::count(saved.begin(), saved.end(), 1000.5 + number), 1) << number;
  EXPECT_LE(saved.size(), told.size() + 12);  // at most one more of each that was killed: committed, not told
  expect_whole(history);
  EXPECT_EQ(*history.save("main", run_number(99'999)), true);  // and it can go on
}

}  // namespace
}  // namespace loadstone::history
