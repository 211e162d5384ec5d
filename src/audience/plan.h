// The clients of a scenario, of WebSockets or of event streams, made ready to run. Immutable and shared by all shards;
// shard k of n has every n-th client, beginning with the k-th.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "audience/message_text.h"
#include "base/pattern.h"
#include "base/result.h"
#include "ledger/broadcasts.h"
#include "ledger/identity.h"
#include "net/address.h"
#include "protocol/event_stream/session_plan.h"
#include "protocol/websocket/session_plan.h"
#include "scenario/scenario.h"

namespace loadstone::audience {

// Clients that are alike: those of one filter, or the rest.
struct Kind {
  std::uint32_t end = 0;  // clients with a lower number, and not of an earlier kind
  std::variant<websocket::SessionPlan, event_stream::SessionPlan> session;
  std::string on_open;                   // said when the connection is open; empty: nothing
  std::shared_ptr<const Pattern> ready;  // what matches says that the client is subscribed; null: it is when it is open
  std::vector<bool> hears;               // by stream; empty: everything
};

// Somebody who publishes by other means than HTTP: messages of one stream.
struct Speaker {
  ledger::Stream stream = 0;
  std::uint32_t client = 0;              // who says it, when it is a message
  std::optional<MessageText> file_path;  // when it is a file that is written
  MessageText text;                      // of the message, or the content of the file
  scenario::OpenLoad load;
  std::optional<std::uint64_t> count;  // over all streams that share the schedule
  std::uint32_t turn = 0, turns = 1;   // takes every `turns`-th arrival of it
  std::uint64_t seed = 0;              // of that schedule
};

struct EchoPlan {
  MessageText text;
  std::optional<scenario::OpenLoad> load;
  Nanoseconds think{0};
  Nanoseconds timeout{0};
  std::optional<std::uint64_t> count;
  std::uint64_t seed = 0;
};

struct Plan {
  std::vector<Kind> kinds;
  std::vector<scenario::AudienceLoad::Stage> stages;
  std::uint32_t clients = 0;  // at the highest stage, all numbered; slow ones follow them
  std::uint32_t slow = 0;
  double slow_bytes_per_second = 0;
  Nanoseconds stagger{0};  // between two connects of the whole scenario
  Nanoseconds ping{0};
  Nanoseconds pong_timeout{0};
  Nanoseconds connect_timeout{0};
  Nanoseconds drain{0};
  bool quick_ack = true;
  bool reconnect = false;            // who loses its connection without having been dropped comes back
  std::optional<Nanoseconds> retry;  // who comes back waits first so long, instead of as the service has asked

  std::optional<scenario::Match> match;
  bool service_speaks = false;  // nobody of ours publishes: ids are learnt from the messages
  std::vector<Speaker> speakers;
  std::optional<EchoPlan> echo;
  std::optional<scenario::Recover> recover;
  std::optional<scenario::Churn> churn;

  net::Address peer;
  std::vector<net::Address> local;
  Nanoseconds dns{0};
  std::uint64_t seed = 0;
  std::uint64_t first_id = 0;                      // of messages
  std::uint32_t run = 0;                           // in their headers
  std::shared_ptr<ledger::Broadcasts> broadcasts;  // null when nothing is broadcast

  [[nodiscard]] std::uint32_t all_clients() const { return clients + slow; }
  [[nodiscard]] const Kind& kind_of(std::uint32_t client) const;
};

// How the messages of a match are told apart; an error says what is wrong with its expression.
[[nodiscard]] Result<ledger::Identity> make_identity(const scenario::Match& match);

// Where the clients of a scenario connect to, and what they share with its other parts.
struct Place {
  net::Address peer;
  std::vector<net::Address> local;
  Nanoseconds dns{0};
  std::uint64_t seed = 0;
  std::uint64_t first_id = 0;
  std::uint32_t run = 0;
  std::shared_ptr<ledger::Broadcasts> broadcasts;
};
[[nodiscard]] Result<Plan> make_plan(const scenario::Scenario& scenario, Place place);

// Publishers become streams in the order in which they are listed, one for each connection or client that publishes.
[[nodiscard]] ledger::Stream streams_of(const scenario::AudienceLoad& load);
// Of the schedule that the publishers of one `publish:` share.
[[nodiscard]] std::uint64_t publishing_seed(std::uint64_t seed, std::size_t publish);

}  // namespace loadstone::audience
