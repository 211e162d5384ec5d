// Inside serve only (includes Asio; Beast's WebSocket stays in the .cc): one WebSocket client.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "serve/loop.h"

namespace serve {

class WebSocketSession final : public WebSocket, public Connection {
 public:
  WebSocketSession(std::shared_ptr<Loop> loop, std::string peer, WebSocketOptions options, WebSocketEvents events);
  ~WebSocketSession() override;

  // On the loop's thread, one of the two, once.
  void open(Socket socket, const Request& request);
  void fail_open();

  [[nodiscard]] std::shared_ptr<WebSocket> share() override { return self(); }
  using WebSocket::send_text;
  Sent send_text(Message message) override { return put({std::move(message), Kind::kText}); }
  Sent send_binary(Message message) override { return put({std::move(message), Kind::kBinary}); }
  Sent send_raw(Message bytes) override { return put({std::move(bytes), Kind::kRaw}); }
  bool drop_oldest() override;
  [[nodiscard]] std::size_t queued() const override;
  void ping(std::string payload) override;
  void close(std::uint16_t code, std::string reason) override { request_close(code, std::move(reason), false); }
  void close_now(std::uint16_t code, std::string reason) override { request_close(code, std::move(reason), true); }
  void reset() override;
  void pause_reading() override;
  void resume_reading() override;
  [[nodiscard]] bool is_open() const override;
  [[nodiscard]] std::string_view peer() const override { return peer_; }
  void after(Nanoseconds delay, std::function<void()> run) override { loop_->after(delay, std::move(run)); }

  void sweep(Instant now) override;
  void begin_stop() override;
  void abort() override;

 private:
  struct BeastStream;
  enum class Kind : std::uint8_t { kText, kBinary, kRaw };
  struct Item {
    Message message;
    Kind kind;
  };
  enum class State : std::uint8_t { kOpening, kOpen, kClosing, kLingering, kGone };

  std::shared_ptr<WebSocketSession> self() { return std::static_pointer_cast<WebSocketSession>(shared_from_this()); }
  template <class F>
  void on_loop(F f);
  template <class F>
  void call(F f);
  Sent put(Item item);
  void request_close(std::uint16_t code, std::string reason, bool now);
  void write_next();
  void write_fragment(std::size_t index);
  void on_written(const boost::system::error_code& failure);
  void start_close();
  void read();
  void on_message();
  void on_read_failed(const boost::system::error_code& error);
  // lost: without a close frame either way; handshake_done: both have been seen.
  void finish(std::uint16_t code, const std::string& reason, bool lost, bool handshake_done);
  void discard();
  void leave();

  const std::shared_ptr<Loop> loop_;
  const std::string peer_;
  const std::unique_ptr<const WebSocketOptions> options_;
  WebSocketEvents events_;
  int calls_ = 0;  // callbacks on the stack; events_ may be cleared only when there are none
  std::unique_ptr<BeastStream> stream_;

  mutable std::mutex mutex_;  // guards from here
  std::vector<Item> queue_;
  std::size_t queue_head_ = 0;
  std::size_t queue_bytes_ = 0;
  std::string close_reason_;
  std::uint16_t close_code_ = 0;  // asked for when not 0
  bool busy_ = true;              // a write is outstanding, or write_next() is on its way
  bool was_full_ = false;         // to here

  std::atomic<State> state_{State::kOpening};
  Instant deadline_ = loadstone::kNever;
  Instant write_deadline_ = loadstone::kNever;
  Instant heard_{};
  Message current_;  // being written
  bool reading_ = false;
  bool paused_ = false;
  bool pinging_ = false;
  bool counted_ = false;
  bool finished_ = false;  // on_close has been called
};

}  // namespace serve
