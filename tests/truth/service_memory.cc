// Rows E2 and E3: what the probe and the analysis say of a service whose memory is known, because the service says so
// itself. E2: memory of a connection against malloc_usable_size. E3: the peak against what the service had in its page
// tables while a spike lasted.
//
//   service_memory [RUNS]
#include <malloc.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

#include "analysis/memory_course.h"
#include "base/format.h"
#include "base/random.h"
#include "probe/proc_file.h"
#include "probe/proc_text.h"
#include "probe/watch.h"
#include "tests/truth/truth_row.h"

namespace {

using namespace loadstone;

constexpr int kSteps = 6;
constexpr int kPerStep = 500;

void must(bool done, const char* what) {
  if (done) return;
  std::perror(what);
  std::exit(2);
}

// A process of its own, with a socket to speak with it.
class Service {
 public:
  explicit Service(const std::function<void(int)>& life) {
    int ends[2];
    must(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::close(ends[0]);
      life(ends[1]);
      ::_exit(0);
    }
    ::close(ends[1]);
    socket_ = ends[0];
  }
  ~Service() {
    ::close(socket_);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] double hear() const {
    double said = 0;
    must(::read(socket_, &said, sizeof said) == sizeof said, "reading from the service");
    return said;
  }
  void tell(double value) const { must(::write(socket_, &value, sizeof value) == sizeof value, "telling the service"); }

 private:
  pid_t pid_ = 0;
  int socket_ = -1;
};

void say(int socket, double value) { must(::write(socket, &value, sizeof value) == sizeof value, "saying"); }
double listen_to(int socket) {
  double value = 0;
  if (::read(socket, &value, sizeof value) != sizeof value) ::_exit(0);
  return value;
}

// Accepts as many connections as it is told to, holds `bytes` for each, touched, and says what that really takes.
void hold(int socket, std::size_t bytes) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  must(::bind(listener, reinterpret_cast<sockaddr*>(&address), length) == 0 && ::listen(listener, 4096) == 0 &&
           ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) == 0,
       "listening");
  std::vector<void*> held;
  held.reserve(std::size_t{kSteps} * kPerStep);
  say(socket, ntohs(address.sin_port));
  for (;;) {
    const int more = static_cast<int>(listen_to(socket));
    double usable = 0;
    for (int i = 0; i < more; ++i) {
      must(::accept(listener, nullptr, nullptr) >= 0, "accepting");
      held.push_back(std::malloc(bytes));
      must(held.back() != nullptr, "malloc");
      std::memset(held.back(), 1, bytes);
      constexpr double kHeader = 8;  // of a chunk, which is memory of the connection too
      usable += static_cast<double>(::malloc_usable_size(held.back())) + kHeader;
    }
    say(socket, usable / more);
  }
}

double slab() {
  const auto text = probe::read_file("/proc/meminfo");
  return text ? static_cast<double>(probe::parse_meminfo(*text)["Slab"]) : 0;
}

struct Found {
  double bytes = 0, truth = 0, kernel = 0, kernel_truth = 0;
};

Found connections_of(std::size_t bytes) {
  const Service service([&](int socket) { hold(socket, bytes); });
  const auto port = static_cast<std::uint16_t>(service.hear());
  auto watch = probe::Watch::start(service.pid(), port);
  must(watch.has_value(), "watching");
  std::this_thread::sleep_for(300ms);
  analysis::MemoryCourse course;
  std::vector<int> clients;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  Found found;
  (*watch)->begin();
  const double slab_before = slab();
  Nanoseconds at{0};
  for (int step = 0; step < kSteps; ++step) {
    for (int i = 0; i < kPerStep; ++i) {
      clients.push_back(::socket(AF_INET, SOCK_STREAM, 0));
      must(::connect(clients.back(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "connecting");
    }
    service.tell(kPerStep);
    found.truth = service.hear();
    for (int i = 0; i < 4; ++i) {
      std::this_thread::sleep_for(150ms);
      result::Block block;
      block.start = at;
      block.length = 150ms;
      at += block.length;
      block.connections = clients.size();
      block.service = (*watch)->take();
      course.add(block);
    }
  }
  found.kernel_truth = (slab() - slab_before) / 2 / static_cast<double>(clients.size());  // our end is as large
  for (const int fd : clients) ::close(fd);
  const auto cost = course.connection_cost();
  must(cost.has_value(), "no slope");
  found.bytes = cost->bytes;
  found.kernel = cost->kernel_bytes;
  return found;
}

bool e2(int runs) {
  bool all_met = true;
  std::vector<double> kernel;
  std::size_t kernel_met = 0;
  for (const std::size_t bytes : {200U, 4096U, 20'000U, 100'000U}) {
    std::vector<double> errors;
    std::size_t met = 0;
    for (int i = 0; i < runs; ++i) {
      const Found found = connections_of(bytes);
      errors.push_back(found.bytes - found.truth);
      met += std::fabs(errors.back()) <= std::max(0.01 * found.truth, 64.0) ? 1 : 0;
      kernel.push_back(100 * (found.kernel / found.kernel_truth - 1));
      kernel_met += std::fabs(kernel.back()) <= 20 ? 1 : 0;
    }
    all_met &= truth::print_row("E2", format("{} bytes a connection, {} held", bytes, kSteps * kPerStep),
                                "within max(1 %, 64 bytes) of truth", errors, met, " bytes");
  }
  all_met &= truth::print_row("E2", "kernel memory of a connection", "within 20 % of the slab's growth", kernel,
                              kernel_met, " %");
  return all_met;
}

double resident_of(pid_t pid) {
  const auto text = probe::read_file(format("/proc/{}/smaps_rollup", pid));
  const auto memory = text ? probe::parse_smaps_rollup(*text) : std::nullopt;
  return memory ? static_cast<double>(memory->resident_bytes) : 0;
}

// A spike of so many bytes for 10 ms; says what was resident while it lasted.
void spike(int socket) {
  for (;;) {
    const auto bytes = static_cast<std::size_t>(listen_to(socket));
    void* p = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    must(p != MAP_FAILED, "mmap");
    std::memset(p, 1, bytes);
    const double resident = resident_of(::getpid());
    std::this_thread::sleep_for(10ms);
    ::munmap(p, bytes);
    say(socket, resident);
  }
}

bool e3(int runs) {
  std::vector<double> errors;
  std::size_t met = 0;
  Random random(3);
  for (int i = 0; i < runs; ++i) {
    const Service service(spike);
    service.tell(500e6);  // before the measured time: it must not count
    static_cast<void>(service.hear());
    auto watch = probe::Watch::start(service.pid(), 0);
    must(watch.has_value(), "watching");
    (*watch)->begin();
    std::this_thread::sleep_for(std::chrono::milliseconds(random.below(200)));
    // 80 to 240 MB: the kernel counts a process's pages in batches of 32 for each processor, so that a high-water mark
    // may be that much too low, which is more than 1 % of a small one.
    service.tell(4096.0 * static_cast<double>(20'000 + random.below(40'000)));
    const double truth = service.hear();
    std::this_thread::sleep_for(200ms);
    const double peak = (*watch)->take().peak;
    errors.push_back(100 * (peak / truth - 1));
    met += std::fabs(errors.back()) <= 1 ? 1 : 0;
  }
  return truth::print_row("E3", "peak with a spike of 10 ms", "within 1 % of truth", errors, met, " %");
}

}  // namespace

int main(int argc, char** argv) {
  const int runs = argc > 1 ? std::atoi(argv[1]) : 5;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  const bool met = e2(runs);
  return e3(2 * runs) && met ? 0 : 1;
}
