// The one way to the network: submit connects, sends and closes; wait for a batch of completions. Completions, not
// readiness and not callbacks: io_uring speaks them, readiness can be turned into them, and a simulation can produce
// them.
//
// A reactor belongs to one thread. Sockets are small numbers, used again after they are closed.
#pragma once

#include <cerrno>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "net/address.h"

namespace loadstone::net {

using SocketId = std::uint32_t;
inline constexpr SocketId kNoSocket = UINT32_MAX;

struct Completion {
  enum class Kind : std::uint8_t {
    kConnected,  // result 0, or a negative errno
    kReceived,   // result > 0: bytes, valid until the next wait(); 0: the peer closed; < 0: a negative errno
    kSent,       // a send that was to tell, or was over kLargeSend: bytes; any that failed: a negative errno
  };
  SocketId socket;
  Kind kind;
  std::int32_t result;
  const char* bytes;
};

// Whether a connect failed since this machine had no port, or this process no descriptor, left for it.
[[nodiscard]] constexpr bool lacks_ports(int error) { return error == EADDRNOTAVAIL || error == EADDRINUSE; }
[[nodiscard]] constexpr bool lacks_descriptors(int error) { return error == EMFILE || error == ENFILE; }

// Sends up to this size complete silently when they succeed: the answer tells.
inline constexpr std::size_t kLargeSend = 16 * 1024;

// What came between TCP's handshake and kConnected, where something did: TLS.
struct Handshake {
  Instant tcp_open{};           // when TCP was connected
  bool is_resumed = false;      // by a session of an earlier connection
  std::string_view protocol{};  // agreed on by ALPN, such as "http/1.1"; empty: none. Valid until close().
};

class Reactor {
 public:
  virtual ~Reactor() = default;

  // Begins a connection; kConnected follows. `from` is a local address to bind, or null; `to` must stay where it is
  // until the completion. Fails at once, with a negative errno as value, when no socket can be made or bound (EMFILE,
  // EADDRNOTAVAIL …). Receiving starts by itself once connected.
  [[nodiscard]] virtual tl::expected<SocketId, int> connect(const Address& to, const Address* from) = 0;

  // What a socket whose connection has just begun offers by ALPN, instead of what others do. Must stay where it is.
  virtual void offer(SocketId, std::string_view) {}

  // Queues bytes; they go out at the next flush() or wait(). One send at a time per socket. The bytes must stay as they
  // are until an answer to them, a kSent, or close(); their memory must stay mapped as long as the reactor lives.
  enum class Tell : std::uint8_t {
    kFailure,
    kWithNext,  // as kAlways; but that all went at once is no reason for the next wait() to return before its deadline
    kAlways,
  };
  virtual void send(SocketId socket, std::string_view bytes, Tell tell) = 0;
  void send(SocketId socket, std::string_view bytes) { send(socket, bytes, Tell::kFailure); }

  // Stops receiving on a connected socket, or goes on: for clients that read slowly. What has arrived by then may still
  // be completed.
  virtual void set_receiving(SocketId socket, bool receives) = 0;
  // Lets the kernel wait before it acknowledges what was received, which is cheaper; the peer can see that.
  virtual void delay_acknowledgements(SocketId socket) = 0;

  // Nothing will be sent or awaited any more on a socket that is left open for the peer to close.
  virtual void retire(SocketId) {}

  enum class How : std::uint8_t { kGraceful, kReset };
  // Nothing is completed for the socket any more, except what the last wait() has already returned; its number is not
  // used again before the next wait().
  virtual void close(SocketId socket, How how) = 0;

  // Hands what is queued to the kernel, without waiting.
  virtual void flush() = 0;

  // Flushes, then waits until something completes or the deadline passes. May return nothing early.
  [[nodiscard]] virtual std::span<const Completion> wait(Instant deadline) = 0;

  // Of a socket that is connected; null where TCP is all there is.
  [[nodiscard]] virtual const Handshake* handshake(SocketId) const { return nullptr; }
  // A failure in words. `error` is the errno of its completion, or the caller's own, such as ETIMEDOUT. To be asked
  // before close().
  [[nodiscard]] virtual std::string reason(SocketId socket, int error) const;

  // "io_uring", "epoll", "simulated"
  [[nodiscard]] virtual std::string_view name() const = 0;
};

enum class ReactorKind : std::uint8_t { kAuto, kUring, kEpoll };

// kAuto takes io_uring where the kernel allows it with all that is needed, and epoll elsewhere. `max_sockets` bounds
// how many may be open at once.
[[nodiscard]] Result<std::unique_ptr<Reactor>> make_reactor(ReactorKind kind, std::size_t max_sockets);

// What kAuto comes to here; the others are themselves.
[[nodiscard]] std::string_view reactor_name(ReactorKind kind);

// Makes a non-blocking stream socket, with TCP_NODELAY, bound to `from` if given. Returns the descriptor or a negative
// errno.
[[nodiscard]] int make_socket(const Address& to, const Address* from);

// TCP_QUICKACK off. Nothing on a socket that is not TCP.
void delay_acknowledgements_of(int fd);

// Closes a descriptor at once, even while an operation of a ring still holds it.
void close_socket(int fd, Reactor::How how);

}  // namespace loadstone::net
