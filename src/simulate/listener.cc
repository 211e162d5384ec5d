#include "simulate/listener.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <utility>

#include "base/format.h"

namespace loadstone::simulate {
namespace {

class WebSocketListener final : public Listener {
 public:
  explicit WebSocketListener(std::shared_ptr<serve::WebSocket> socket) : socket_(std::move(socket)) {}

  bool send(std::shared_ptr<const std::string> text, std::uint64_t) override {
    return socket_->send_text(std::move(text)) == serve::Sent::kQueued;
  }
  void close(std::uint16_t code, std::string reason) override { socket_->close(code, std::move(reason)); }
  void reset() override { socket_->reset(); }
  void ignore() override { socket_->pause_reading(); }
  void after(Nanoseconds delay, std::function<void()> run) override { socket_->after(delay, std::move(run)); }

 private:
  std::shared_ptr<serve::WebSocket> socket_;
};

// What is sent from several threads is queued here, so that it goes out in the order in which it was sent.
class EventSourceListener final : public Listener, public std::enable_shared_from_this<EventSourceListener> {
 public:
  EventSourceListener(serve::Responder responder, std::uint64_t pieces, std::function<void()> gone)
      : responder_(std::move(responder)), pieces_(pieces), gone_(std::move(gone)) {}

  void watch() {
    responder_.watch([self = shared_from_this()] { self->tell_gone(); });
  }

  bool send(std::shared_ptr<const std::string> text, std::uint64_t number) override {
    std::string event = format("id: {}\n", number);
    for (std::string_view rest = *text;;) {  // a line of data for each of the text's
      const std::size_t end = rest.find('\n');
      event.append("data: ").append(rest.substr(0, end)).append("\n");
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 1);
    }
    event += "\n";
    return queue(std::move(event));
  }
  void close(std::uint16_t, std::string) override {
    after(Nanoseconds(0), [self = shared_from_this()] {
      self->flush();
      self->responder_.end();
      self->tell_gone();
    });
  }
  void reset() override { responder_.reset(); }
  void ignore() override {}  // nothing is read of it anyway
  void after(Nanoseconds delay, std::function<void()> run) override { responder_.after(delay, std::move(run)); }

 private:
  bool queue(std::string event) {
    const std::lock_guard lock(mutex_);
    if (!responder_.is_open() || queue_.size() >= kQueueMessages) return false;
    if (responder_.waiting_bytes() + queued_bytes_ > kQueueBytes) return false;
    queued_bytes_ += event.size();
    queue_.push_back(std::move(event));
    if (!std::exchange(is_flushing_, true))
      responder_.after(Nanoseconds(0), [self = shared_from_this()] { self->flush(); });
    return true;
  }
  void flush() {
    std::deque<std::string> events;
    {
      const std::lock_guard lock(mutex_);
      events.swap(queue_);
      queued_bytes_ = 0;
      is_flushing_ = false;
    }
    for (const std::string& event : events) {
      const std::size_t piece = std::max<std::size_t>(1, (event.size() + pieces_ - 1) / pieces_);
      for (std::size_t at = 0; at < event.size(); at += piece) responder_.write(event.substr(at, piece));
    }
  }
  // On the client's thread.
  void tell_gone() {
    if (const auto gone = std::exchange(gone_, nullptr)) gone();
  }

  serve::Responder responder_;
  const std::uint64_t pieces_;
  std::function<void()> gone_;
  std::mutex mutex_;  // guards from here
  std::deque<std::string> queue_;
  std::size_t queued_bytes_ = 0;
  bool is_flushing_ = false;  // flush() will be called
};

}  // namespace

std::shared_ptr<Listener> listen_by(serve::WebSocket& socket) {
  return std::make_shared<WebSocketListener>(socket.share());
}

std::shared_ptr<Listener> listen_by(serve::Responder responder, std::uint64_t pieces, std::function<void()> gone) {
  auto listener = std::make_shared<EventSourceListener>(std::move(responder), pieces, std::move(gone));
  listener->watch();
  return listener;
}

}  // namespace loadstone::simulate
