#include "simulate/event_stream.h"

#include <algorithm>

#include "base/format.h"

namespace loadstone::simulate {
namespace {

bool falls_on(std::uint64_t every, std::uint64_t n) { return every != 0 && n % every == 0; }

}  // namespace

void EventStream::accept(serve::Responder responder) {
  serve::WebSocketOptions options;
  options.answer_pings = faults_.pong;
  options.queue_messages = 10'000;
  options.queue_bytes = std::size_t{16} << 20;
  serve::WebSocketEvents events;
  events.on_open = [this](serve::WebSocket& socket) {
    const std::lock_guard lock(mutex_);
    auto client = std::make_unique<Client>();
    client->socket = socket.share();
    client->index = opened_++;
    client->silent = falls_on(faults_.silent, client->index + 1);
    if (client->silent) socket.pause_reading();
    ++counts_.clients;
    clients_.push_back(std::move(client));
  };
  events.on_text = [](serve::WebSocket& socket, std::string_view text) {
    static const auto pong = std::make_shared<const std::string>(R"({"type":"pong"})");
    if (text == "ping") socket.send_text(pong);
  };
  events.on_binary = [](serve::WebSocket& socket, std::string_view) { socket.close(1003, "text only"); };
  events.on_close = [this](serve::WebSocket& socket, std::uint16_t, std::string_view) { leave(socket); };
  responder.accept_websocket(std::move(options), std::move(events));
}

void EventStream::leave(const serve::WebSocket& socket) {
  std::unique_ptr<Client> left;
  const std::lock_guard lock(mutex_);
  const auto at =
      std::find_if(clients_.begin(), clients_.end(), [&](const auto& c) { return c->socket.get() == &socket; });
  if (at == clients_.end()) return;
  if ((*at)->held) ++counts_.unsent;
  left = std::move(*at);
  clients_.erase(at);
}

// The lock is held throughout, so that all clients see concurrent publications in one order. Nothing here calls back.
std::size_t EventStream::publish(const Message& message) {
  const std::lock_guard lock(mutex_);
  ++counts_.published;
  std::size_t subscribers = 0;
  for (const auto& client : clients_) {
    if (client->gone) continue;
    ++subscribers;
    deliver(*client, message);
  }
  counts_.expected += subscribers;
  return subscribers;
}

void EventStream::deliver(Client& client, const Message& message) {
  if (client.silent) {
    ++counts_.unsent;
    return;
  }
  const std::uint64_t n = ++client.messages;
  const Message after = std::move(client.held);
  client.held = nullptr;
  if (!is_chosen(client.index)) {
    send(client, message);
  } else if (falls_on(faults_.disconnect, n)) {
    ++counts_.disconnected;
    client.gone = true;
    // Not at once: a reset calls back, and the lock is held.
    client.socket->after(Nanoseconds(0), [socket = client.socket] { socket->reset(); });
    if (after) ++counts_.unsent;
    return;
  } else if (falls_on(faults_.drop, n)) {
    ++counts_.dropped;
  } else if (falls_on(faults_.corrupt, n)) {
    ++counts_.corrupted;
    // The lowest bit of an ASCII character: what comes out is still text, so the frame is as valid as before.
    std::string corrupt = *message;
    std::size_t at = corrupt.size() / 2;
    while (at > 0 &&
           (static_cast<unsigned char>(corrupt[at]) >= 0x7f || static_cast<unsigned char>(corrupt[at]) < 0x20))
      --at;
    if (!corrupt.empty()) corrupt[at] = static_cast<char>(corrupt[at] ^ 1);
    send(client, std::make_shared<const std::string>(std::move(corrupt)));
  } else if (falls_on(faults_.swap, n) && !after) {
    client.held = message;
  } else {
    send(client, message);
    if (falls_on(faults_.duplicate, n)) {
      ++counts_.duplicated;
      send(client, message);
    }
  }
  if (after) {
    ++counts_.swapped;
    send(client, after);
  }
}

void EventStream::send(Client& client, const Message& message) {
  const auto delay = faults_.delay * static_cast<std::int64_t>(client.index);
  if (delay.count() > 0) {
    ++counts_.sent;
    client.socket->after(delay, [socket = client.socket, message] { socket->send_text(message); });
  } else if (client.socket->send_text(message) == serve::Sent::kQueued) {
    ++counts_.sent;
  } else {
    ++counts_.unsent;
  }
}

std::size_t EventStream::open_clients() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(clients_.begin(), clients_.end(), [](const auto& c) { return !c->gone; }));
}

std::string EventStream::counts_json() const {
  const std::size_t open = open_clients();
  const std::lock_guard lock(mutex_);
  const StreamCounts& c = counts_;
  return format(
      R"({{"open":{},"clients":{},"published":{},"expected":{},"sent":{},"dropped":{},"duplicated":{},"swapped":{},)"
      R"("corrupted":{},"disconnected":{},"unsent":{}}})",
      open, c.clients, c.published, c.expected, c.sent, c.dropped, c.duplicated, c.swapped, c.corrupted, c.disconnected,
      c.unsent);
}

void EventStream::reset_counts() {
  const std::lock_guard lock(mutex_);
  counts_ = {};
}

}  // namespace loadstone::simulate
