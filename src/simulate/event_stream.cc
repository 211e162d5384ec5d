#include "simulate/event_stream.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "base/format.h"
#include "base/units.h"
#include "simulate/json.h"

namespace loadstone::simulate {
namespace {

constexpr int kOwnAtOnce = 100;  // then the thread serves others first

bool falls_on(std::uint64_t every, std::uint64_t n) { return every != 0 && n % every == 0; }

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> all;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    if (end > 0) all.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return all;
}

std::shared_ptr<const std::string> shared(std::string_view text) {
  return text.empty() ? nullptr : std::make_shared<const std::string>(text);
}

}  // namespace

EventStream::EventStream(std::string_view route, Source source, StreamFaults faults, Random random, Plants& plants)
    : route_(route),
      source_(source),
      faults_(std::move(faults)),
      random_(random),
      plants_(plants),
      stalls_(faults_.stall) {}

bool EventStream::Client::hears(const Message& message) const {
  if (!subscribed || gone || message.number <= since) return false;
  return types.empty() || message.type.empty() || std::find(types.begin(), types.end(), message.type) != types.end();
}

// ---- clients come and go

EventStream::Admission EventStream::admit() {
  const std::lock_guard lock(mutex_);
  if (!falls_on(faults_.refuse, ++upgrades_) && published_ >= away_until_) return Admission::kAccept;
  ++counts_.refused;
  plants_.add(Plant{route_, Fault::kRefuse, published_, nullptr, 0, nullptr});
  return faults_.refuse_by_reset ? Admission::kReset : Admission::kRefuse;
}

namespace {

// What a client calls itself, and the types of events that it wants to hear.
struct Introduction {
  explicit Introduction(const serve::Request& request) : name(request.header("X-Client").value_or("")) {
    if (const auto query = serve::parse_query(request.query()))
      for (const auto& [key, value] : *query) {
        if (key == "client") name = value;
        if (key == "events") types = value;
      }
  }
  std::string name, types;
};

}  // namespace

void EventStream::accept(serve::Responder responder, Deflate deflate) {
  serve::WebSocketOptions options;
  options.answer_pings = faults_.pong;
  options.message_bytes = std::size_t{1} << 20;
  options.queue_messages = Listener::kQueueMessages;
  options.queue_bytes = Listener::kQueueBytes;
  options.fragments = faults_.fragments;
  options.deflate = deflate != Deflate::kNo;
  options.context_takeover = deflate == Deflate::kYes;
  serve::WebSocketEvents events;
  events.on_open = [this, who = Introduction(responder.request())](serve::WebSocket& socket) {
    const std::lock_guard lock(mutex_);
    Client& client = enter(listen_by(socket), &socket, who.name, who.types, published_);
    client.subscribed = !faults_.ask || source_ == Source::kClients;
  };
  events.on_text = [this](serve::WebSocket& socket, std::string_view text) { on_text(socket, text); };
  events.on_binary = [](serve::WebSocket& socket, std::string_view) { socket.close(1003, "text only"); };
  events.on_close = [this](serve::WebSocket& socket, std::uint16_t, std::string_view) { leave(&socket); };
  responder.accept_websocket(std::move(options), std::move(events));
}

void EventStream::accept_source(serve::Responder responder) {
  const Introduction who(responder.request());
  const std::string_view last_id = responder.request().header("Last-Event-ID").value_or("");
  std::uint64_t last = 0;
  const auto [end, error] = std::from_chars(last_id.data(), last_id.data() + last_id.size(), last);
  const bool comes_back =
      faults_.replay && !last_id.empty() && error == std::errc() && end == last_id.data() + last_id.size();
  responder.begin({200, {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}}},
                  serve::Framing::kChunked);
  if (faults_.retry > Nanoseconds(0))
    responder.write(
        format("retry: {}\n\n", std::chrono::duration_cast<std::chrono::milliseconds>(faults_.retry).count()));
  // Its address names the client for as long as the callback lives, which is as long as the client is there.
  const auto key = std::make_shared<char>();
  const std::lock_guard lock(mutex_);
  Client& client = enter(listen_by(responder, faults_.fragments, [this, key] { leave(key.get()); }), key.get(),
                         who.name, who.types, comes_back ? std::min(last, published_) : published_);
  client.subscribed = true;
  if (comes_back && !client.silent) replay(client);
}

EventStream::Client& EventStream::enter(std::shared_ptr<Listener> listener, const void* key, std::string_view name,
                                        std::string_view types, std::uint64_t since) {
  auto client = std::make_unique<Client>(random_.stream(opened_ + 1));
  client->listener = std::move(listener);
  client->key = key;
  client->index = opened_++;
  client->name = shared(name);
  client->types = split_at_commas(types);
  client->since = since;
  client->silent = falls_on(faults_.silent, client->index + 1);
  if (client->silent) client->listener->ignore();
  ++counts_.clients;
  plants_.add(Stay{route_, client->index, client->name, since, std::nullopt});
  return *clients_.emplace_back(std::move(client));
}

// What it has not heard; what waits for the end of a stall comes with the others'.
void EventStream::replay(Client& client) {
  const std::uint64_t before = waiting_.empty() ? published_ + 1 : waiting_.front().number;
  for (const Message& message : kept_) {
    if (message.number >= before) break;
    if (!client.hears(message)) continue;
    if (client.listener->send(message.text, message.number))
      ++counts_.replayed;
    else
      plant(Fault::kUnsent, client, message);
  }
}

EventStream::Client* EventStream::find(const void* key) {
  const auto at = std::find_if(clients_.begin(), clients_.end(), [&](const auto& c) { return c->key == key; });
  return at == clients_.end() ? nullptr : at->get();
}

void EventStream::leave(const void* key) {
  std::unique_ptr<Client> left;  // freed without the lock
  const std::lock_guard lock(mutex_);
  const auto at = std::find_if(clients_.begin(), clients_.end(), [&](const auto& c) { return c->key == key; });
  if (at == clients_.end()) return;
  left = std::move(*at);
  clients_.erase(at);
  if (left->gone) return;
  if (left->held) plant(Fault::kUnsent, *left, *left->held);
  for (const Message& message : waiting_)
    if (left->hears(message)) plant(Fault::kUnsent, *left, message);
  plants_.leave(route_, left->index, published_);
}

void EventStream::on_text(serve::WebSocket& socket, std::string_view text) {
  static const auto pong = std::make_shared<const std::string>(R"({"type":"pong"})");
  if (source_ == Source::kClients)
    publish(std::make_shared<const std::string>(text));
  else if (text == "ping")
    socket.send_text(pong);
  else if (json_at(text, "/type") == "\"subscribe\"")
    subscribe(socket, json_at(text, "/events"));
}

// `types` is JSON: "a,b", or empty when there is none. The answer is queued before anything that follows it.
void EventStream::subscribe(serve::WebSocket& socket, std::string_view types) {
  const std::lock_guard lock(mutex_);
  Client* found = find(&socket);
  if (found == nullptr) return;
  Client& client = *found;
  if (types.starts_with('"')) client.types = split_at_commas(types.substr(1, types.size() - 2));
  if (!client.subscribed) client.since = published_;
  client.subscribed = true;
  socket.send_text(format(R"({{"type":"subscribed","client":{}}})", client.index));
}

std::size_t EventStream::open_clients() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(clients_.begin(), clients_.end(), [](const auto& c) { return !c->gone; }));
}

// ---- messages

void EventStream::start(serve::Server& server, std::function<std::string(std::uint64_t)> make) {
  stalls_.start(server, [this](bool stalled) { set_stalled(stalled); });
  if (!make || faults_.own_rate <= 0) return;
  own_text_ = std::move(make);
  own_start_ = SteadyClock::read();
  make_own(server);
}

// All that are due: the k-th k/rate after the start, so that a late timer delays none that follow.
void EventStream::make_own(serve::Server& server) {
  const auto due = [this] { return own_start_ + from_seconds(static_cast<double>(own_made_ + 1) / faults_.own_rate); };
  for (int i = 0; i < kOwnAtOnce && due() <= SteadyClock::read(); ++i)
    publish(std::make_shared<const std::string>(own_text_(++own_made_)), "own");
  server.after(due() - SteadyClock::read(), [this, &server] { make_own(server); });
}

// The lock is held throughout, so that all clients see concurrent publications in one order. Nothing here calls back.
std::size_t EventStream::publish(std::shared_ptr<const std::string> text, std::string_view type) {
  const std::string_view id = json_at(*text, faults_.id);
  const std::lock_guard lock(mutex_);
  const Message message{std::move(text), ++published_, shared(id), std::string(type)};
  ++counts_.published;
  times_.push_back({message.number, message.id, SteadyClock::read(), std::nullopt});
  if (times_.size() > kTimedMessages) times_.pop_front();
  if (source_ == Source::kKept) keep(message);
  const auto subscribers = static_cast<std::size_t>(
      std::count_if(clients_.begin(), clients_.end(), [&](const auto& c) { return c->hears(message); }));
  counts_.expected += subscribers;
  if (!stalled_) {
    deliver(message);
  } else if (waiting_.size() < kStalledMessages) {
    waiting_.push_back(message);
  } else {
    for (const auto& client : clients_)
      if (client->hears(message)) plant(Fault::kUnsent, *client, message);
  }
  return subscribers;
}

void EventStream::keep(const Message& message) {
  kept_.push_back(message);
  kept_bytes_ += message.text->size();
  while (kept_.size() > kKeptMessages || kept_bytes_ > kKeptBytes) {
    kept_bytes_ -= kept_.front().text->size();
    kept_.pop_front();
  }
}

void EventStream::set_stalled(bool stalled) {
  const std::lock_guard lock(mutex_);
  stalled_ = stalled;
  if (stalled) return;
  for (const Message& message : waiting_) deliver(message);
  waiting_.clear();
}

void EventStream::deliver(const Message& message) {
  for (const auto& client : clients_)
    if (client->hears(message)) deliver(*client, message);
}

void EventStream::deliver(Client& client, const Message& message) {
  if (client.silent) {
    plant(Fault::kSilent, client, message);
    return;
  }
  const std::uint64_t n = ++client.messages;
  if (!is_chosen(client.index)) {
    send(client, message);
    return;
  }
  if (end(client, message)) return;
  if (falls_on(faults_.drop, n)) {
    plant(Fault::kDrop, client, message);
  } else if (falls_on(faults_.corrupt, n)) {
    plant(Fault::kCorrupt, client, message);
    Message corrupt = message;
    corrupt.text = corrupted(*message.text);
    send(client, corrupt);
  } else if (falls_on(faults_.swap, n) && !client.held) {
    client.held = message;
  } else {
    send(client, message);
    if (falls_on(faults_.duplicate, n)) {
      plant(Fault::kDuplicate, client, message);
      send(client, message);
    }
    // Only after one that came whole: behind a dropped or a damaged one it would be in order again.
    if (const auto held = std::exchange(client.held, std::nullopt)) {
      plant(Fault::kSwap, client, *held);
      send(client, *held);
    }
  }
}

// Whether the connection is ended instead of sending this message.
bool EventStream::end(Client& client, const Message& message) {
  Fault fault = Fault::kDisconnect;
  if (!falls_on(faults_.disconnect, client.messages)) {
    const double u = faults_.close + faults_.reset > 0 ? client.random.uniform() : 1;
    if (u >= faults_.close + faults_.reset) return false;
    fault = u < faults_.close ? Fault::kClose : Fault::kReset;
  }
  plant(fault, client, message);
  give_up(client, message.number);
  if (fault == Fault::kClose)
    client.listener->close(faults_.close_code, "by the stream faults");
  else  // Not at once: a reset calls back, and the lock is held.
    client.listener->after(Nanoseconds(0), [listener = client.listener] { listener->reset(); });
  return true;
}

// It hears nothing after this message.
void EventStream::give_up(Client& client, std::uint64_t until) {
  if (client.held) plant(Fault::kUnsent, client, *client.held);
  for (const Message& later : waiting_)
    if (later.number > until && client.hears(later)) plant(Fault::kUnsent, client, later);
  client.gone = true;
  away_until_ = published_ + faults_.away;
  plants_.leave(route_, client.index, until);
}

std::size_t EventStream::disconnect() {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (const auto& client : clients_) {
    if (client->gone) continue;
    ++count;
    ++counts_.cut;
    plants_.add(Plant{route_, Fault::kCut, published_, nullptr, client->index, client->name});
    give_up(*client, waiting_.empty() ? published_ : waiting_.front().number - 1);
    client->listener->after(Nanoseconds(0), [listener = client->listener] { listener->reset(); });
  }
  return count;
}

// One lowest bit of an ASCII character is flipped: what comes out is still text, so the frame is as valid as before.
std::shared_ptr<const std::string> EventStream::corrupted(const std::string& text) const {
  std::string corrupt = text;
  if (corrupt.empty()) return std::make_shared<const std::string>(corrupt);
  auto at = static_cast<std::size_t>(faults_.corrupt_at * static_cast<double>(corrupt.size()));
  at = std::min(at, corrupt.size() - 1);
  const auto is_plain = [](char c) { return c >= 0x20 && c < 0x7f; };
  while (at > 0 && !is_plain(corrupt[at])) --at;
  corrupt[at] = static_cast<char>(corrupt[at] ^ 1);
  return std::make_shared<const std::string>(std::move(corrupt));
}

void EventStream::send(Client& client, const Message& message) {
  const auto delay = faults_.delay * static_cast<std::int64_t>(client.index);
  if (delay.count() == 0) {
    if (client.listener->send(message.text, message.number))
      sent(message.number);
    else
      plant(Fault::kUnsent, client, message);
    return;
  }
  Plant unsent{route_, Fault::kUnsent, message.number, message.id, client.index, client.name};
  client.listener->after(delay, [this, listener = client.listener, text = message.text, unsent = std::move(unsent)] {
    const bool is_sent = listener->send(text, unsent.message);
    const std::lock_guard lock(mutex_);
    if (is_sent) {
      sent(unsent.message);
    } else {
      ++counts_.unsent;
      plants_.add(unsent);
    }
  });
}

void EventStream::sent(std::uint64_t number) {
  ++counts_.sent;
  if (!times_.empty() && number >= times_.front().number)
    times_[number - times_.front().number].sent = SteadyClock::read();
}

void EventStream::plant(Fault fault, const Client& client, const Message& message) {
  switch (fault) {
    case Fault::kDrop:
      ++counts_.dropped;
      break;
    case Fault::kDuplicate:
      ++counts_.duplicated;
      break;
    case Fault::kSwap:
      ++counts_.swapped;
      break;
    case Fault::kCorrupt:
      ++counts_.corrupted;
      break;
    case Fault::kDisconnect:
    case Fault::kReset:
      ++counts_.disconnected;
      break;
    case Fault::kClose:
      ++counts_.closed;
      break;
    default:
      ++counts_.unsent;
      break;
  }
  plants_.add(Plant{route_, fault, message.number, message.id, client.index, client.name});
}

// ---- what really happened

std::string EventStream::counts_json() const {
  const std::size_t open = open_clients();
  const std::lock_guard lock(mutex_);
  const StreamCounts& c = counts_;
  return format(
      R"({{"open":{},"clients":{},"published":{},"expected":{},"sent":{},"dropped":{},"duplicated":{},"swapped":{},)"
      R"("corrupted":{},"disconnected":{},"cut":{},"closed":{},"refused":{},"unsent":{},"replayed":{}}})",
      open, c.clients, c.published, c.expected, c.sent, c.dropped, c.duplicated, c.swapped, c.corrupted, c.disconnected,
      c.cut, c.closed, c.refused, c.unsent, c.replayed);
}

std::string EventStream::messages_json(std::size_t count) const {
  const std::lock_guard lock(mutex_);
  std::string out = "[";
  for (std::size_t i = times_.size() - std::min(count, times_.size()); i < times_.size(); ++i) {
    const Times& t = times_[i];
    format_to(std::back_inserter(out), "{}[{},{},{},{}]", out.size() > 1 ? "," : "", t.number, t.id ? *t.id : "null",
              t.published.time_since_epoch().count(),
              t.sent ? std::to_string(t.sent->time_since_epoch().count()) : "null");
  }
  return out + "]";
}

void EventStream::reset() {
  stalls_.reset();
  const std::lock_guard lock(mutex_);
  counts_ = {};
  times_.clear();
}

}  // namespace loadstone::simulate
