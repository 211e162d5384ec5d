// What a scenario with an audience does: clients of WebSockets or of event streams that connect and stay, and what goes
// on between them and the service.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "scenario/http_load.h"

namespace loadstone::scenario {

// How a received message says which published one it is.
struct Match {
  enum class How : std::uint8_t {
    kHeader,   // loadstone's own header ({{message.header}} in what is published) stands somewhere in it
    kPointer,  // a JSON pointer (RFC 6901) to the id
    kPattern,  // the first group of a regular expression
  };
  How how = How::kHeader;
  std::string expression;  // the pointer or the pattern
  // Of messages that the service makes by itself: a JSON pointer to when it made them, empty if they do not say. Epoch
  // seconds, milliseconds, microseconds or nanoseconds (told apart by size), or RFC 3339.
  std::string time;
  bool identical = false;  // every client must receive the same bytes for one message; what differs is corrupt
};

// What causes the messages that the clients must hear. The placeholders {{message.id}} (a number, unique in the run)
// and
// {{message.header}} may stand in the request's target, headers and body, in the text, the file's path and its content.
struct PublishRequest {
  Request request;
};
struct PublishMessage {  // one of the clients says it
  std::string text;
};
// A file is written: the service watches it. Files and folders that the run has made are removed at its end.
struct PublishFile {
  std::string path;  // relative to where loadstone runs
  std::string content;
};
struct Publish {
  std::string name;  // for filters and results; unless given "publish", or "publish 2" … of several
  std::variant<PublishRequest, PublishMessage, PublishFile> by;
  std::optional<std::uint64_t> count;  // how many messages in all; else the duration ends it
  double rate = 10;                    // messages per second over all publishers
  Arrivals arrivals = Arrivals::kUniform;
  int publishers = 1;  // connections (request) or clients (message) that take turns
};

// Messages that are answered to the client that sent them. The answer is the next message, or with `match` the one
// with the same id.
struct Echo {
  std::string text;            // with {{message.id}} and {{message.header}}
  std::optional<double> rate;  // messages per second over all clients; without one each client waits for the answer
  Arrivals arrivals = Arrivals::kPoisson;
  Nanoseconds think{0};      // between the answer and the next message, without a rate
  Nanoseconds timeout{30s};  // for the answer
  std::optional<std::uint64_t> count;
};

struct Backoff {
  Nanoseconds first{0};  // before the first attempt after a drop
  Nanoseconds longest{1s};
  double factor = 2;
  int attempts = 10;  // then the client has not recovered
};

// Connections dropped and opened again.
struct Recover {
  enum class Drop : std::uint8_t {
    kClose,    // a close handshake
    kReset,    // a TCP reset
    kSilence,  // the client stops reading and writing without a word (half-open), and connects anew
    kRestart,  // `command` drops all of them, for example by restarting the service
  };
  int cycles = 1;
  Drop drop = Drop::kClose;
  std::vector<std::string> command;  // kRestart; no shell
  Nanoseconds pause{100ms};          // between a recovery and the next drop
  bool at_once = true;               // all clients drop together (a reconnect storm), else spread over the pause
  Backoff backoff;
};

// Clients that leave after a while, each replaced by a new one.
struct Churn {
  Nanoseconds stay{1s};
};

// Clients beside the others that read slowly or not at all. They are measured in nothing but their connecting.
struct SlowReaders {
  int clients = 0;
  double bytes_per_second = 0;  // 0: they read nothing after the handshake
};

// Clients who subscribe to some of the messages: they must hear what these publishers publish, and nothing else of
// ours.
struct Filter {
  int clients = 0;      // how many of the scenario's clients; filters take them in order, who is left hears all
  std::string path;     // instead of the scenario's; empty: the same
  std::string on_open;  // likewise
  std::string ready;    // likewise
  std::vector<std::string> hears;  // names of publishers, at least one
};

struct Compression {
  bool offered = false;  // permessage-deflate
  bool client_context_takeover = true;
  bool server_context_takeover = true;
};

// Clients that listen to an event stream (server-sent events) instead of opening a WebSocket. They say nothing: there
// is no echo, no message to publish, no ping, no on_open.
struct EventStreamTerms {
  bool resume = true;     // who comes back says the id of its last event, so that the service can send what followed
  bool reconnect = true;  // who loses the stream without having been dropped comes back, as a browser does
  // How long who comes back waits first. Unless given as long as the service's own `retry` says; has it said nothing,
  // 3 s after a loss and the back-off after a drop.
  std::optional<Nanoseconds> retry;
};

struct AudienceLoad {
  std::optional<EventStreamTerms> event_stream;
  std::string path = "/";
  std::vector<Header> headers;
  std::vector<std::string> subprotocols;
  Compression compression;
  std::string on_open;  // sent as a text message when the connection is open; empty: nothing
  std::string ready;    // a regular expression: subscribed when a message matches; empty: when the connection is open

  struct Stage {
    int clients = 0;
    Nanoseconds duration{0};  // 0, of a single stage: the counts (echo, publish) and the cycles (recover) end it
  };
  std::vector<Stage> stages;           // at least one; several raise or lower the number of clients
  Nanoseconds stagger{0};              // between the starts of two connections
  std::optional<double> connect_rate;  // connections begun per second, instead of a stagger
  Nanoseconds ping{0};                 // a ping this often on every connection; 0: none
  Nanoseconds pong_timeout{10s};

  std::optional<Echo> echo;
  std::vector<Publish> publish;
  std::optional<Match>
      match;  // always with `publish`; without it and without `echo` the service makes the messages by itself
  std::optional<Recover> recover;
  std::optional<Churn> churn;
  SlowReaders slow;
  std::vector<Filter> filters;

  std::size_t max_message_bytes = 16U << 20;
  Nanoseconds warmup{0};
  Nanoseconds drain{5s};  // how long a message may take before it is missing
  Nanoseconds connect_timeout{5s};
  std::optional<Nanoseconds> run_timeout;
  bool quick_ack = true;  // false: TCP_QUICKACK off: cheaper, but the service sees delayed acknowledgements
};

// "50 clients, one every 1 ms, hear 50 messages at 20/s", "10 clients drop by reset 5 times".
[[nodiscard]] std::string describe_load(const AudienceLoad& load);
// How long the measured time is planned to be, or nothing when counts or cycles end it.
[[nodiscard]] std::optional<Nanoseconds> planned_duration(const AudienceLoad& load);

}  // namespace loadstone::scenario
