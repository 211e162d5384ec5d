// A small HTTP/1.1 and WebSocket server: N threads, each with its own event loop and its own share of the connections.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "serve/responder.h"

namespace serve {

// Bounds, each with the answer a client gets that reaches it.
struct Limits {
  std::size_t header_bytes = std::size_t{16} * 1024;  // 431
  std::size_t body_bytes = std::size_t{1} << 20;      // 413
  std::size_t output_bytes = std::size_t{64} << 20;   // reset: a reply written faster than the client reads it
  std::size_t connections = 20'000;                   // 503 and close, see Options::when_full
  loadstone::Nanoseconds header_timeout = std::chrono::seconds(10);  // first to last byte of a head: 408
  loadstone::Nanoseconds body_timeout = std::chrono::seconds(30);    // head to last byte of the body: 408
  loadstone::Nanoseconds idle_timeout = std::chrono::seconds(60);    // between requests: closed
  loadstone::Nanoseconds write_timeout = std::chrono::seconds(30);   // a client that takes no bytes: reset
};

enum class WhenFull { kRefuse, kWait };  // answer 503 and close, or leave them in the backlog until there is room

// What to do with a connection just accepted; everything but kServe is a simulated fault.
enum class Admission { kServe, kClose, kReset, kSilent };  // kSilent: hold it open, never read, never write

struct Options {
  // An IPv4 or IPv6 address (brackets allowed), "localhost", or "unix:/path/to/socket". "::" accepts IPv4 as well, and
  // falls back to 0.0.0.0 where the machine has no IPv6.
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0: the kernel chooses; see Server::port()
  int threads = 1;
  int backlog = 1024;
  bool accept = true;  // false: as if pause_accepting() had been called before the first connection
  WhenFull when_full = WhenFull::kRefuse;
  Limits limits;
  // Called for every request on its connection's thread. It answers then or keeps the Responder and answers later. An
  // exception that escapes it becomes a 500.
  std::function<void(Responder)> on_request;
  // Called for the n-th connection (from 1) before anything is read from it, on the accepting thread. May be empty.
  std::function<Admission(std::uint64_t n)> on_accept;
};

struct Counters {
  std::uint64_t accepted = 0;    // connections
  std::uint64_t refused = 0;     // of these, turned away because of Limits::connections
  std::uint64_t open = 0;        // now, WebSocket clients among them
  std::uint64_t websockets = 0;  // now
  std::uint64_t requests = 0;    // complete requests handed to on_request
  std::uint64_t malformed = 0;   // answered with 400, 413, 431, 501 or 505 before on_request
  std::uint64_t timed_out = 0;   // closed or answered with 408 by a time-out
};

class Server {
 public:
  // Listens and serves from now on. Errors say which address and why: in use, no permission, not an address of this
  // machine.
  static loadstone::Result<std::unique_ptr<Server>> start(Options options);
  // As stop(0s).
  ~Server();

  [[nodiscard]] std::uint16_t port() const;   // 0 for a unix socket
  [[nodiscard]] std::string address() const;  // "127.0.0.1:8000", "[::]:8000", "unix:/path"
  [[nodiscard]] Counters counters() const;

  // Runs on a server thread after the delay: on the caller's own when it is one, else on the first. Not run when the
  // server stops before.
  void after(loadstone::Nanoseconds delay, std::function<void()> run);

  // Stops accepting and resumes; the backlog then fills in the kernel.
  void pause_accepting();
  void resume_accepting();

  // Stops accepting, lets replies in flight finish, closes WebSockets with 1001, resets what is left after `grace`, and
  // joins the threads. Not from a server thread. A second call does nothing.
  void stop(loadstone::Nanoseconds grace);

 private:
  class Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace serve
