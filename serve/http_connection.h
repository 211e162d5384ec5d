// Inside serve only (includes Asio and Beast): HTTP/1.1 on one connection. One request at a time, so replies keep the
// order of pipelined requests.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "serve/http_parser.h"
#include "serve/loop.h"
#include "serve/output.h"

namespace serve {

class WebSocketSession;

class HttpConnection final : public Connection {
 public:
  HttpConnection(std::shared_ptr<Loop> loop, Socket socket, std::string peer);

  void start();
  // Answers 503 whatever comes, and closes.
  void refuse();
  // Holds the connection open without reading or writing.
  void stay_silent() { state_ = State::kSilent; }

  void sweep(Instant now) override;
  void begin_stop() override;
  void abort() override;

  // The rest is for Exchange. `turn` says which request is meant; for one that has ended, nothing happens.
  [[nodiscard]] bool is_open(std::uint64_t turn) const { return open_turn_.load(std::memory_order_acquire) == turn; }
  [[nodiscard]] std::size_t waiting_bytes() const { return waiting_bytes_.load(std::memory_order_relaxed); }
  [[nodiscard]] const std::shared_ptr<Loop>& loop() const { return loop_; }
  void reply(std::uint64_t turn, Response response);
  void begin(std::uint64_t turn, const ResponseHead& head, Framing framing, std::size_t length);
  void write(std::uint64_t turn, std::string bytes);
  void end(std::uint64_t turn);
  void watch(std::uint64_t turn, std::function<void()> gone);
  void write_raw(std::uint64_t turn, std::string bytes);
  void close(std::uint64_t turn);
  void reset(std::uint64_t turn);
  void abandon(std::uint64_t turn);
  void upgrade(std::uint64_t turn, const Request& request, const std::shared_ptr<WebSocketSession>& session);

 private:
  static constexpr std::size_t kBatchBytes = std::size_t{256} * 1024;  // pipelined replies held back before written
  enum class State {
    kReading,    // for a request, or idle
    kAnswering,  // on_request has been called
    kWriting,    // the answer is given in parts
    kClosing,    // what is in output_ is the last
    kLingering,  // our side is shut; waiting for the peer to close, so that it can still read the answer
    kSilent,
    kGone,
  };

  void read();
  void on_read(const boost::system::error_code& error, std::size_t n);
  void make_room();
  void process();
  bool parse();
  void dispatch();
  void refuse_with(int status);
  void write_head(int status, const std::vector<std::pair<std::string, std::string>>& headers, std::string_view framing,
                  bool close);
  void end_turn();
  void next_request();
  void tell_gone();
  void flush();
  void linger();
  void leave();
  [[nodiscard]] bool is_turn(std::uint64_t turn, State state) const {
    return state_ == state && open_turn_.load(std::memory_order_relaxed) == turn;
  }

  std::shared_ptr<Loop> loop_;
  std::optional<Socket> socket_;
  std::string peer_;
  std::vector<char> in_;
  std::size_t in_begin_ = 0, in_end_ = 0;
  std::shared_ptr<Exchange> next_;  // the request being read
  std::optional<HttpParser> parser_;
  Output output_;
  std::atomic<std::size_t> waiting_bytes_{0};
  std::atomic<std::uint64_t> open_turn_{0};
  std::uint64_t turn_ = 0;
  State state_ = State::kReading;
  Instant deadline_ = loadstone::kNever;        // of the state we are in
  Instant write_deadline_ = loadstone::kNever;  // while output waits for the client
  std::size_t body_left_ = 0;                   // of an answer with a length
  std::size_t linger_left_ = 0;
  Framing framing_ = Framing::kLength;
  std::function<void()> gone_;  // of an exchange that is watched
  bool head_request_ = false;
  bool http10_ = false;
  bool keep_alive_ = true;
  bool reading_ = false;     // a read is outstanding
  bool waiting_ = false;     // for the socket to become writable
  bool processing_ = false;  // process() is on the stack
  bool head_done_ = false;
  bool stopping_ = false;
};

// The request and the way back to its connection.
class Exchange {
 public:
  explicit Exchange(std::shared_ptr<HttpConnection> connection) : connection_(std::move(connection)) {}
  ~Exchange();

  Request request;
  std::uint64_t turn = 0;  // 0 until the request is complete

  [[nodiscard]] HttpConnection& connection() const { return *connection_; }
  template <class F>
  void on_loop(F f) {
    Loop& loop = *connection_->loop();
    if (loop.is_current())
      f(*connection_);
    else
      loop.post([connection = connection_, f = std::move(f)]() mutable { f(*connection); });
  }
  void detach() { connection_.reset(); }

 private:
  std::shared_ptr<HttpConnection> connection_;
};

}  // namespace serve
