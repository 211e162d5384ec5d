// A route of the simulator, for WebSockets or for server-sent events, on which every client gets every message, but for
// the faults that are planted.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "serve/server.h"
#include "simulate/listener.h"
#include "simulate/plants.h"
#include "simulate/stalls.h"
#include "simulate/stream_faults.h"

namespace loadstone::simulate {

// What was planted and delivered, summed over all clients since the start or the last reset.
struct StreamCounts {
  std::uint64_t clients = 0;  // ever opened
  std::uint64_t published = 0;
  std::uint64_t expected = 0;      // for each message, the clients that heard the stream when it was published
  std::uint64_t sent = 0;          // handed to a client's queue, duplicates included
  std::uint64_t dropped = 0;       // planted
  std::uint64_t duplicated = 0;    // planted
  std::uint64_t swapped = 0;       // planted: sent after the message that followed
  std::uint64_t corrupted = 0;     // planted
  std::uint64_t disconnected = 0;  // planted: by a reset, instead of a message
  std::uint64_t cut = 0;           // by a reset, when disconnect() was called
  std::uint64_t closed = 0;        // planted: with a code
  std::uint64_t refused = 0;       // planted: upgrades
  std::uint64_t unsent = 0;    // not planted by count: to silent clients, full queues, and what was held or delayed for
                               // a client that left
  std::uint64_t replayed = 0;  // to clients that came back with the id of the last message they had
};

// All methods from any thread. Lives longer than the threads of the server that calls it.
class EventStream {
 public:
  enum class Source {
    kPublished,  // messages come from publish() and start()
    kClients,    // and from the clients: each text of one is sent to all
    kKept,       // as kPublished, and they are kept for who comes back
  };
  // `route` is static storage; it names the stream in `plants`.
  EventStream(std::string_view route, Source source, StreamFaults faults, Random random, Plants& plants);

  // Begins the stalls, and the messages that the service makes by itself: `make_own` is given their number, from 1.
  void start(serve::Server& server, std::function<std::string(std::uint64_t)> make_own = {});
  enum class Admission { kAccept, kRefuse, kReset };
  // What the next upgrade gets; a refusal is counted and written down.
  Admission admit();
  // Grants the upgrade and subscribes the client before it can see the answer. A client may name itself by an X-Client
  // header or client=NAME in the query, and hear only some types of events by events=TYPE,TYPE.
  void accept(serve::Responder responder, Deflate deflate);
  // The same for who asks for server-sent events. Who comes with the Last-Event-ID of a message that is still kept gets
  // first what followed it.
  void accept_source(serve::Responder responder);
  // Sends to every client that hears events of this type; how many those are. Messages without a type are heard by all.
  std::size_t publish(std::shared_ptr<const std::string> text, std::string_view type = {});
  // Resets all clients that are there now; how many those were.
  std::size_t disconnect();
  [[nodiscard]] std::size_t open_clients() const;
  [[nodiscard]] std::string counts_json() const;
  // [[number, id, published_ns, sent_ns], …] of at most the last `count` messages, in order of publication: what it is
  // called by the pointer (null when it is not), when it was published and when it was last sent to a client (null: to
  // nobody), of CLOCK_MONOTONIC.
  [[nodiscard]] std::string messages_json(std::size_t count) const;
  [[nodiscard]] const Stalls& stalls() const { return stalls_; }
  // Forgets counts, times and stalls; clients and the numbers of messages go on.
  void reset();

  static constexpr std::size_t kStalledMessages = 100'000;  // kept during a stall; further ones are unsent
  // Kept for who comes back: so many messages, and so many bytes of them.
  static constexpr std::size_t kKeptMessages = 10'000;
  static constexpr std::size_t kKeptBytes = std::size_t{64} << 20;
  static constexpr std::size_t kTimedMessages = 200'000;  // whose times are kept

 private:
  struct Message {
    std::shared_ptr<const std::string> text;
    std::uint64_t number = 0;               // in order of publication, from 1
    std::shared_ptr<const std::string> id;  // JSON
    std::string type;
  };
  struct Client {
    explicit Client(Random r) : random(r) {}
    std::shared_ptr<Listener> listener;
    const void* key = nullptr;                // by which its callbacks know it
    std::uint64_t index = 0;                  // from 0 in order of opening
    std::shared_ptr<const std::string> name;  // null when it has none
    std::vector<std::string> types;           // empty: all
    std::uint64_t since = 0;                  // it hears the messages after this one,
    bool subscribed = false;                  // when this is set
    std::uint64_t messages = 0;               // published to it so far
    std::optional<Message> held;              // to be sent after the next: swapped
    Random random;
    bool silent = false;
    bool gone = false;  // ended by a planted fault; its close is on the way
    [[nodiscard]] bool hears(const Message& message) const;
  };

  struct Times {
    std::uint64_t number = 0;
    std::shared_ptr<const std::string> id;
    Instant published{};
    std::optional<Instant> sent;
  };

  // Takes the client in, under the lock; it hears the messages after `since`.
  Client& enter(std::shared_ptr<Listener> listener, const void* key, std::string_view name, std::string_view types,
                std::uint64_t since);
  void leave(const void* key);
  [[nodiscard]] Client* find(const void* key);
  void replay(Client& client);
  void keep(const Message& message);
  void on_text(serve::WebSocket& socket, std::string_view text);
  void subscribe(serve::WebSocket& socket, std::string_view types);
  void make_own(serve::Server& server);
  void set_stalled(bool stalled);
  void deliver(const Message& message);
  void deliver(Client& client, const Message& message);
  bool end(Client& client, const Message& message);
  void give_up(Client& client, std::uint64_t until);
  void send(Client& client, const Message& message);
  void sent(std::uint64_t number);
  void plant(Fault fault, const Client& client, const Message& message);
  [[nodiscard]] std::shared_ptr<const std::string> corrupted(const std::string& text) const;
  [[nodiscard]] bool is_chosen(std::uint64_t index) const { return (index + 1) % faults_.clients == 0; }

  const std::string_view route_;
  const Source source_;
  const StreamFaults faults_;
  const Random random_;
  Plants& plants_;
  Stalls stalls_;
  std::function<std::string(std::uint64_t)> own_text_;
  Instant own_start_{};
  std::uint64_t own_made_ = 0;  // used by one timer at a time

  mutable std::mutex mutex_;  // guards from here
  std::vector<std::unique_ptr<Client>> clients_;
  StreamCounts counts_;
  std::uint64_t opened_ = 0;
  std::uint64_t upgrades_ = 0;
  std::uint64_t published_ = 0;   // never reset: messages are numbered by it
  std::uint64_t away_until_ = 0;  // upgrades are refused until so many were published
  std::deque<Times> times_;       // of the last messages, numbers without gaps
  std::deque<Message> kept_;      // likewise, for who comes back
  std::size_t kept_bytes_ = 0;
  bool stalled_ = false;
  std::deque<Message> waiting_;  // published during a stall
};

}  // namespace loadstone::simulate
