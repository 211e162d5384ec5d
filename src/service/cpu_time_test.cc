#include "service/cpu_time.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <ctime>

namespace loadstone::service {
namespace {

// Uses the processor for so long, by its own clock.
void burn(Nanoseconds time) {
  timespec t{};
  do ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  while (std::chrono::seconds(t.tv_sec) + Nanoseconds(t.tv_nsec) < time);
}

// A child that tells when it is done with burning, itself and a child of its own, and waits to be killed.
struct Burner {
  pid_t pid;
  explicit Burner(Nanoseconds each) {
    int done[2], go[2];
    EXPECT_EQ(::pipe(done), 0);
    EXPECT_EQ(::pipe(go), 0);
    pid = ::fork();
    if (pid == 0) {
      ::setpgid(0, 0);
      ::fork();
      char c = 0;
      if (::read(go[0], &c, 1) != 1) ::_exit(1);
      burn(each);
      if (::write(done[1], "x", 1) != 1) ::_exit(1);
      for (;;) ::pause();
    }
    ::setpgid(pid, pid);
    go_ = go[1];
    done_ = done[0];
    ::close(go[0]);
    ::close(done[1]);
  }
  void run() const {
    EXPECT_EQ(::write(go_, "xx", 2), 2);
    char c = 0;
    for (int i = 0; i < 2; ++i) EXPECT_EQ(::read(done_, &c, 1), 1);
  }
  ~Burner() {
    ::kill(-pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    ::close(go_);
    ::close(done_);
  }

 private:
  int go_, done_;
};

TEST(CpuTime, CountsAProcessAndItsChildren) {
  const Burner burner(30ms);
  CpuTime time(burner.pid);
  EXPECT_LT(time.read(), 20ms);
  burner.run();
  const auto used = time.read();
  EXPECT_GE(used, 55ms);  // both burnt 30 ms, less what they had used before the first read
  EXPECT_LT(used, 200ms);
  EXPECT_EQ(CpuTime(burner.pid).read() < 20ms, true);  // counts from when it is made
}

TEST(CpuTime, OfAProcessThatIsGoneNothingMoreIsSeen) {
  CpuTime time(999'999'999);
  EXPECT_EQ(time.read(), 0ns);
}

TEST(Pin, KeepsTheWholeTreeOnTheProcessors) {
  const auto processors = usable_processors();
  ASSERT_FALSE(processors.empty());
  const Burner burner(1ms);
  burner.run();
  const std::vector<int> last{processors.back()};
  pin(burner.pid, last);
  cpu_set_t set;
  ASSERT_EQ(::sched_getaffinity(burner.pid, sizeof set, &set), 0);
  EXPECT_EQ(CPU_COUNT(&set), 1);
  EXPECT_TRUE(CPU_ISSET(static_cast<std::size_t>(processors.back()), &set));
}

}  // namespace
}  // namespace loadstone::service
