// WebSocket clients of the events.
#include "base/format.h"
#include "base/json_writer.h"
#include "code_graph/http/body.h"
#include "code_graph/http/call.h"

namespace code_graph::http {
namespace {

// Messages in the socket's own queue. Small: what waits is kept, bounded and counted by the subscription.
constexpr std::size_t kSocketQueue = 8;

// One client. Kept alive by its socket's callbacks, which the server lets go of when the client has left.
class EventClient final : public push::Sink, public std::enable_shared_from_this<EventClient> {
 public:
  EventClient(push::Hub& hub, bool filtered) : hub_(hub), filtered_(filtered) {}

  void open(serve::WebSocket& socket, push::Filter filter, std::string_view since) {
    socket_ = socket.share();
    subscription_ = hub_.subscribe(shared_from_this(), std::move(filter), since);
  }

  void leave() {
    if (subscription_) hub_.unsubscribe(subscription_);
    subscription_.reset();
  }

  void on_room() {
    if (subscription_) subscription_->on_room();
  }

  void hear(std::string_view text) {
    if (!subscription_) return;
    if (text == "ping") {
      static const auto pong = std::make_shared<const std::string>(R"({"type":"pong"})");
      subscription_->tell(pong);
      return;
    }
    if (!filtered_) return;
    auto said = read_filter(text);
    if (const auto* problem = std::get_if<std::string>(&said)) {
      subscription_->tell(std::make_shared<const std::string>(
          loadstone::format(R"({{"type":"error","detail":{}}})", quoted(*problem))));
    } else if (auto* filter = std::get_if<FilterText>(&said)) {
      push::Message answer = filter_updated(*filter);
      subscription_->set_filter({std::move(filter->event_types), std::move(filter->entity_types)});
      subscription_->tell(std::move(answer));
    }
  }

  Took take(const push::Message& message) override {
    switch (socket_->send_text(message)) {
      case serve::Sent::kQueued:
        return Took::kYes;
      case serve::Sent::kFull:
        return Took::kFull;
      default:
        return Took::kGone;
    }
  }

  void close_lagging(std::uint64_t dropped) override {
    while (socket_->send_text(push::lagged_message(dropped)) == serve::Sent::kFull && socket_->drop_oldest()) ++dropped;
    socket_->close(1013, "too slow");
  }

 private:
  static push::Message filter_updated(const FilterText& filter) {
    std::string out;
    loadstone::JsonWriter json(out);
    const auto list = [&](std::string_view key, const std::vector<std::string>& words) {
      json.key(key);
      json.begin_array();
      for (const std::string& word : words) json.string(word);
      json.end_array();
    };
    json.begin_object();
    json.field("type", "filter_updated");
    json.key("filters");
    json.begin_object();
    list("event_types", filter.event_types);
    list("entity_types", filter.entity_types);
    json.end_object();
    json.end_object();
    return std::make_shared<const std::string>(std::move(out));
  }

  push::Hub& hub_;
  const bool filtered_;
  std::shared_ptr<serve::WebSocket> socket_;
  push::Hub::Subscriber subscription_;
};

}  // namespace

void accept_events(Call& call, bool filtered) {
  const Workings& workings = call.workings();
  const serve::Request& request = call.request();
  if (!request.wants_websocket()) {
    call.fail(426, "This is a WebSocket", {{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}});
    return;
  }
  const auto origin = request.header("Origin");
  if (!workings.options.cors_origins.empty() && origin && !call.origin_is_listed(*origin)) {
    call.fail(403, "This origin may not connect");
    return;
  }
  const Values& in = call.values();
  push::Filter filter;
  if (filtered) filter = {in.texts("event_types"), in.texts("entity_types")};

  serve::WebSocketOptions options;
  options.message_bytes = kMaxWebSocketMessageBytes;
  options.queue_messages = kSocketQueue;
  options.ping_after = workings.options.ping_after;
  options.close_after_silence = workings.options.close_after_silence;
  const auto client = std::make_shared<EventClient>(workings.hub, filtered);
  serve::WebSocketEvents events;
  events.on_open = [client, filter, since = in.text("since")](serve::WebSocket& socket) mutable {
    client->open(socket, std::move(filter), since);
    filter = {};
    since = {};
  };
  events.on_text = [client](serve::WebSocket&, std::string_view text) { client->hear(text); };
  events.on_binary = [](serve::WebSocket& socket, std::string_view) {
    socket.close_now(1003, "only text is understood");
  };
  events.on_room = [client](serve::WebSocket&) { client->on_room(); };
  events.on_close = [client](serve::WebSocket&, std::uint16_t, std::string_view) { client->leave(); };
  call.count(101);
  call.responder().accept_websocket(std::move(options), std::move(events));
}

}  // namespace code_graph::http
