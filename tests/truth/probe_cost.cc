// Row D3: what watching costs, at a service of a thousand threads and ten thousand connections, half of which have
// something to say each second.
//
//   probe_cost [RUNS]
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "probe/watch.h"
#include "tests/truth/truth_row.h"

namespace {

using namespace loadstone;

constexpr int kThreads = 1000, kSockets = 10'000, kSeconds = 20;
constexpr double kMostShare = 0.01;  // of a core

void must(bool done, const char* what) {
  if (done) return;
  std::perror(what);
  std::exit(2);
}

// Accepts on one thread and keeps; the other threads sleep a little over and over, as those of a pool do.
[[noreturn]] void serve(int listener) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (int i = 1; i < kThreads; ++i)
    std::thread([] {
      for (;;) std::this_thread::sleep_for(200ms);
    }).detach();
  for (;;) ::accept(listener, nullptr, nullptr);
}

double share_of_a_core() {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  must(
      ::bind(listener, raw, length) == 0 && ::listen(listener, 4096) == 0 && ::getsockname(listener, raw, &length) == 0,
      "listening");
  const pid_t pid = ::fork();
  must(pid >= 0, "fork");
  if (pid == 0) serve(listener);
  std::vector<int> clients;
  for (int i = 0; i < kSockets; ++i) {
    clients.push_back(::socket(AF_INET, SOCK_STREAM, 0));
    must(clients.back() >= 0 && ::connect(clients.back(), raw, length) == 0, "connecting");
  }
  auto watch = probe::Watch::start(pid, ntohs(address.sin_port));
  must(watch.has_value(), "watching");
  (*watch)->begin();
  result::ServiceSample sum;
  for (int second = 0; second < kSeconds; ++second) {
    for (std::size_t i = static_cast<std::size_t>(second % 2); i < clients.size(); i += 2)
      must(::send(clients[i], "?", 1, MSG_NOSIGNAL) == 1, "sending");
    std::this_thread::sleep_for(1s);
    sum.add((*watch)->take());
  }
  const double share = sum.probe_cpu_seconds / sum.seconds;
  must(sum.threads >= kThreads && sum.connections >= kSockets, "the probe has not seen the service");
  watch->reset();
  for (const int fd : clients) ::close(fd);
  ::close(listener);
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  return share;
}

}  // namespace

int main(int argc, char** argv) {
  const int runs = argc > 1 ? std::atoi(argv[1]) : 3;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  std::vector<double> shares;
  std::size_t met = 0;
  for (int i = 0; i < runs; ++i) {
    shares.push_back(100 * share_of_a_core());
    met += shares.back() <= 100 * kMostShare ? 1 : 0;
  }
  return truth::print_row("D3", "probe at 1,000 threads and 10,000 connections", "at most 1 % of a core", shares, met,
                          " %")
             ? 0
             : 1;
}
