// A WebSocket server that costs little, so that a benchmark measures its client: it broadcasts by itself, one prebuilt
// frame (or a burst of them) by one write to each client, and reads nothing but the upgrade.
//
// bench_ws_server --clients N --rate R --burst B --seconds S [--bytes 200]: listens on a port of 127.0.0.1 that the
// kernel chooses and prints "port N". When N clients are there it waits for half a second, prints "begin", sends R
// bursts of B frames a second to each of them for S seconds, prints "end M" where M is how many frames were sent in
// all, and keeps the connections until it is killed. Messages are JSON: {"id":"0000000001","time":nanoseconds since
// 1970,"data":"xxx…"}.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <poll.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

namespace {
using Clock = std::chrono::steady_clock;

struct Order {
  std::size_t clients = 1;
  double rate = 1;
  int burst = 1;
  double seconds = 1;
  std::size_t bytes = 200;
};

[[noreturn]] void give_up(const char* doing) {
  std::perror(doing);
  std::exit(1);
}

int listen_on_loopback() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (listener < 0 || bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener, SOMAXCONN) != 0)
    give_up("listen");
  socklen_t length = sizeof address;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);
  std::printf("port %d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return listener;
}

// Of RFC 6455, 4.2.2: base64 of SHA-1 of the key and a constant.
std::string accept_value(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::array<unsigned char, 64> encoded{};
  const int size = EVP_EncodeBlock(encoded.data(), digest.data(), SHA_DIGEST_LENGTH);
  return {reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(size)};
}

std::string_view field_of(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
    const std::string_view line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    if (line.size() <= name.size() || line[name.size()] != ':' ||
        strncasecmp(line.data(), name.data(), name.size()) != 0)
      continue;
    const std::string_view value = line.substr(name.size() + 1);
    return value.substr(std::min(value.find_first_not_of(' '), value.size()));
  }
  return {};
}

void write_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
      continue;
    }
    if (errno != EAGAIN && errno != EINTR) return;  // it left
    pollfd slow{socket, POLLOUT, 0};
    poll(&slow, 1, 1000);
  }
}

// Frames of text whose ids and times are written into them.
class Burst {
 public:
  Burst(int frames, std::size_t bytes) {
    const std::string front = R"({"id":"0000000000","time":0000000000000000000,"data":")";
    const std::string back = R"("})";
    const std::size_t padding = bytes > front.size() + back.size() ? bytes - front.size() - back.size() : 0;
    const std::string text = front + std::string(padding, 'x') + back;
    for (int i = 0; i < frames; ++i) {
      bytes_ += '\x81';
      if (text.size() < 126) {
        bytes_ += static_cast<char>(text.size());
      } else {
        bytes_ += '\x7e';
        bytes_ += static_cast<char>(text.size() >> 8);
        bytes_ += static_cast<char>(text.size() & 255);
      }
      starts_.push_back(bytes_.size());
      bytes_ += text;
    }
  }
  std::string_view next() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    for (const std::size_t start : starts_) {
      put(start + 7, 10, ++id_);
      put(start + 26, 19, static_cast<std::uint64_t>(std::chrono::nanoseconds(now).count()));
    }
    return bytes_;
  }

 private:
  void put(std::size_t at, std::size_t digits, std::uint64_t number) {
    for (; digits > 0; number /= 10) bytes_[at + --digits] = static_cast<char>('0' + number % 10);
  }
  std::string bytes_;
  std::vector<std::size_t> starts_;
  std::uint64_t id_ = 0;
};

// Accepts and upgrades until so many are there.
std::vector<int> gather(int listener, std::size_t clients) {
  const int poller = epoll_create1(EPOLL_CLOEXEC);
  const auto watch = [poller](int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0) give_up("epoll_ctl");
  };
  watch(listener);
  std::vector<int> open;
  std::unordered_map<int, std::string> heads;
  std::array<epoll_event, 256> events{};
  while (open.size() < clients) {
    const int ready = epoll_wait(poller, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener) {
        for (int client = 0; (client = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
          const int on = 1;
          setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
          watch(client);
        }
        continue;
      }
      std::array<char, 4096> bytes{};
      const ssize_t n = recv(fd, bytes.data(), bytes.size(), 0);
      if (n <= 0) {
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        heads.erase(fd);
        close(fd);
        continue;
      }
      std::string& head = heads[fd];
      head.append(bytes.data(), static_cast<std::size_t>(n));
      if (head.find("\r\n\r\n") == std::string::npos) continue;
      write_all(fd,
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Accept: " +
                    accept_value(field_of(head, "Sec-WebSocket-Key")) + "\r\n\r\n");
      heads.erase(fd);
      epoll_ctl(poller, EPOLL_CTL_DEL, fd, nullptr);
      open.push_back(fd);
    }
  }
  close(poller);
  return open;
}

Order parse(int argc, char** argv) {
  Order order;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view flag = argv[i];
    const double value = std::atof(argv[i + 1]);
    if (flag == "--clients")
      order.clients = static_cast<std::size_t>(value);
    else if (flag == "--rate")
      order.rate = value;
    else if (flag == "--burst")
      order.burst = static_cast<int>(value);
    else if (flag == "--seconds")
      order.seconds = value;
    else if (flag == "--bytes")
      order.bytes = static_cast<std::size_t>(value);
  }
  return order;
}
}  // namespace

int main(int argc, char** argv) {
  const Order order = parse(argc, argv);
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  const std::vector<int> clients = gather(listen_on_loopback(), order.clients);
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  std::puts("begin");
  std::fflush(stdout);
  Burst burst(order.burst, order.bytes);
  const auto start = Clock::now();
  const auto bursts = static_cast<std::uint64_t>(order.rate * order.seconds);
  for (std::uint64_t i = 0; i < bursts; ++i) {
    std::this_thread::sleep_until(
        start + std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 * static_cast<double>(i) / order.rate)));
    const std::string_view bytes = burst.next();
    for (const int client : clients) write_all(client, bytes);
  }
  std::printf("end %llu\n", static_cast<unsigned long long>(bursts) * static_cast<unsigned long long>(order.burst) *
                                static_cast<unsigned long long>(clients.size()));
  std::fflush(stdout);
  pause();
}
