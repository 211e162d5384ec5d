// A plain blocking socket for tests: no parser of ours or of the server's on this side.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace serve {

class TestClient {
 public:
  explicit TestClient(std::uint16_t port) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  }
  explicit TestClient(const std::string& unix_path) {
    fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::strncpy(to.sun_path, unix_path.c_str(), sizeof to.sun_path - 1);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  }
  TestClient(TestClient&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_), in_(std::move(other.in_)) {}
  TestClient& operator=(TestClient&&) = delete;
  ~TestClient() {
    if (fd_ >= 0) ::close(fd_);
  }

  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] int fd() const { return fd_; }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n < 0 && (errno == ECONNRESET || errno == EPIPE)) end_ = End::kReset;  // told once only, here or by recv
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  enum class End { kOpen, kClosed, kReset };
  // Waits at most `ms` for more bytes; says how the connection ended when it did.
  End fill(int ms = 5000) {
    if (end_ != End::kOpen) return end_;
    pollfd p{fd_, POLLIN, 0};
    if (::poll(&p, 1, ms) <= 0) return End::kOpen;
    char bytes[16384];
    const ssize_t n = ::recv(fd_, bytes, sizeof bytes, 0);
    if (n > 0) {
      in_.append(bytes, static_cast<std::size_t>(n));
      return End::kOpen;
    }
    end_ = n == 0 ? End::kClosed : End::kReset;
    return end_;
  }
  // Everything until the end of the connection.
  std::pair<std::string, End> read_all(int ms = 5000) {
    for (;;) {
      const std::size_t before = in_.size();
      const End end = fill(ms);
      if (end != End::kOpen || in_.size() == before) return {std::exchange(in_, {}), end};
    }
  }
  [[nodiscard]] bool has_bytes() const { return !in_.empty(); }
  bool wait_readable(int ms) const {
    pollfd p{fd_, POLLIN, 0};
    return ::poll(&p, 1, ms) > 0;
  }
  bool wait_for(std::size_t bytes) {
    while (in_.size() < bytes) {
      const std::size_t before = in_.size();
      if (fill() != End::kOpen || in_.size() == before) return false;
    }
    return true;
  }
  std::string take(std::size_t bytes) {
    wait_for(bytes);
    std::string taken = in_.substr(0, bytes);
    in_.erase(0, taken.size());
    return taken;
  }

  struct Reply {
    int status = 0;  // 0: the connection ended before a whole head; -1: what came is no head
    std::string head, body;
    [[nodiscard]] std::string header(std::string_view name) const {
      const std::string key = "\r\n" + std::string(name) + ": ";
      const auto at = head.find(key);
      if (at == std::string::npos) return {};
      return head.substr(at + key.size(), head.find("\r\n", at + key.size()) - at - key.size());
    }
  };
  // One reply with Content-Length, or without a body.
  Reply reply(bool to_head = false) {
    Reply r;
    for (;;) {
      const auto end = in_.find("\r\n\r\n");
      if (end != std::string::npos) {
        r.head = take(end + 4);
        break;
      }
      const std::size_t before = in_.size();
      if (fill() != End::kOpen || in_.size() == before) return r;
    }
    r.status = r.head.starts_with("HTTP/1.1 ") ? std::atoi(r.head.c_str() + 9) : -1;
    const std::string length = r.header("Content-Length");
    if (!length.empty() && !to_head) r.body = take(std::strtoul(length.c_str(), nullptr, 10));
    return r;
  }
  Reply get(std::string_view target, std::string_view more = {}) {
    send("GET " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n" + std::string(more) + "\r\n");
    return reply();
  }

  // ---- WebSocket
  Reply upgrade(std::string_view target, std::string_view more = {}) {
    return get(target,
               "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                   std::string(more));
  }
  static std::string frame(int opcode, std::string_view payload, bool fin = true, bool masked = true) {
    std::string f(1, static_cast<char>((fin ? 0x80 : 0) | opcode));
    const int mask = masked ? 0x80 : 0;
    if (payload.size() < 126) {
      f += static_cast<char>(mask | static_cast<int>(payload.size()));
    } else if (payload.size() < 65536) {
      f += static_cast<char>(mask | 126);
      f += static_cast<char>(payload.size() >> 8);
      f += static_cast<char>(payload.size() & 255);
    } else {
      f += static_cast<char>(mask | 127);
      for (int shift = 56; shift >= 0; shift -= 8) f += static_cast<char>(payload.size() >> shift & 255);
    }
    const char key[4] = {1, 2, 3, 4};
    if (masked) f.append(key, 4);
    for (std::size_t i = 0; i < payload.size(); ++i)
      f += masked ? static_cast<char>(payload[i] ^ key[i % 4]) : payload[i];
    return f;
  }
  struct Frame {
    int opcode = -1;  // -1: none came
    std::string payload;
    bool fin = false;
    bool compressed = false;  // RSV1
    [[nodiscard]] int close_code() const {
      return opcode == 8 && payload.size() >= 2
                 ? (static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]))
                 : 0;
    }
  };
  Frame read_frame() {
    if (!wait_for(2)) return {};
    std::size_t head = 2;
    std::size_t length = static_cast<unsigned char>(in_[1]) & 127;
    const std::size_t more = length == 126 ? 2 : length == 127 ? 8 : 0;
    if (!wait_for(head + more)) return {};
    if (more > 0) {
      length = 0;
      for (std::size_t i = 0; i < more; ++i) length = length << 8 | static_cast<unsigned char>(in_[2 + i]);
    }
    head += more;
    if (!wait_for(head + length)) return {};
    const auto first = static_cast<unsigned char>(in_[0]);
    take(head);
    return {first & 15, take(length), (first & 0x80) != 0, (first & 0x40) != 0};
  }

 private:
  int fd_ = -1;
  bool connected_ = false;
  End end_ = End::kOpen;
  std::string in_;
};

}  // namespace serve
