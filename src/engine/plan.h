// A scenario made ready to run: requests encoded, addresses resolved, loads listed. Immutable and shared by all shards;
// which part of it is a shard's own follows from the shard's index and the number of shards.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audience/plan.h"
#include "base/result.h"
#include "base/secrets.h"
#include "engine/scripted_request.h"
#include "engine/spoken_step.h"
#include "net/address.h"
#include "protocol/encoding/body.h"
#include "protocol/request.h"
#include "scenario/scenario.h"

namespace loadstone::engine {

// Of one answer so much is looked at, decoded.
inline constexpr std::size_t kMaxCheckedBody = encoding::Body::kMaxBytes;

struct Step {
  std::string name;
  protocol::PreparedRequest request;
  scenario::Check check;
  bool idempotent = false;  // may be sent again when a connection closed under it
  double weight = 1;
  std::size_t kept_body = kMaxCheckedBody;            // bytes of an answer, of a request that wants the body
  std::shared_ptr<const ScriptedRequest> scripted{};  // of a journey, instead of `request`
  std::shared_ptr<const SpokenStep> spoken{};         // likewise, of a step that speaks by WebSocket

  // Whether the body of an answer is kept, be it to show some of it; and whether something depends on it.
  [[nodiscard]] bool wants_body() const { return scripted != nullptr || request.wants_body; }
  [[nodiscard]] bool needs_body() const { return wants_body() && kept_body == kMaxCheckedBody; }
};

// Requests that publish the messages of a broadcast: one connection, one stream.
struct Publishing {
  ledger::Stream stream = 0;
  std::uint32_t turn = 0, turns = 1;   // takes every `turns`-th arrival of a schedule that it shares with others
  std::uint64_t seed = 0;              // of that schedule
  std::optional<std::uint64_t> count;  // of messages, over all who share it
};

// Requests that draw from the same load; a request with a concurrency of its own is a group by itself.
struct Group {
  std::vector<std::uint32_t> steps;       // indices into Plan::steps
  std::vector<double> cumulative_weight;  // of those, ascending, the last is 1
  std::variant<scenario::ClosedLoad, scenario::OpenLoad> load;
  std::optional<Publishing> publishing{};
  [[nodiscard]] std::uint32_t pick(double u) const;  // u in [0, 1)
};

struct Plan {
  std::vector<Step> steps;
  std::vector<Group> groups;
  net::Address peer;
  std::optional<TlsOptions> tls;        // nothing: plain TCP
  std::vector<net::Address> local;      // taken in turns; empty lets the kernel choose
  Nanoseconds dns{0};                   // what looking the name up took
  std::optional<Nanoseconds> duration;  // of the measured time
  std::optional<std::uint64_t> request_count;
  Nanoseconds warmup{0};
  Nanoseconds drain{0};
  Nanoseconds connect_timeout{0};
  Nanoseconds request_timeout{0};
  std::optional<Nanoseconds> run_timeout;
  Nanoseconds block{0};  // length of a block of measurements
  bool keep_alive = true;
  scenario::HttpVersion version = scenario::HttpVersion::k1_1;
  int streams = 1;  // exchanges at once on a connection
  scenario::Pacing pacing = scenario::Pacing::kPrecise;
  std::uint64_t seed = 0;
  std::uint64_t first_number = 0;  // request numbers of this scenario start here
  std::vector<metric::Target> targets;
  std::shared_ptr<const journey::Script> script;  // of journeys: which step follows which
  Url origin;                                     // likewise: whose redirects are followed, whose cookies are kept
  Secrets secrets;                                // what may not be shown
  std::optional<audience::Plan> audience;         // of clients that stay; the steps are then those that publish
};

// Resolves the peer and finds out which of its addresses answers; blocks for that. An error means that the service
// cannot be reached, or that a local address cannot be used.
[[nodiscard]] Result<Plan> make_plan(const scenario::Scenario& scenario, std::uint64_t seed);

// Adds the requests that publish the messages of a scenario with an audience: each connection is a group of its own,
// and a stream.
void add_publishers(const scenario::Scenario& scenario, const scenario::AudienceLoad& load, Plan& plan);

// Adds the steps of a scenario's journeys, and the script that says which follows which.
void add_journeys(const scenario::Scenario& scenario, const scenario::HttpLoad& load, Plan& plan);

// A second, or less where the measured time is short, so that there are always enough blocks to judge by.
[[nodiscard]] Nanoseconds block_length(std::optional<Nanoseconds> duration);

// At a rate nobody knows how many users on journeys have a WebSocket at once: of one shard's so many may.
inline constexpr std::size_t kMostSpeaking = 8192;
// So many sockets of a shard may wait for the peer to close them as it has announced.
inline constexpr std::size_t kMaxLingering = 1024;
// How many sockets one of `shards` may need at most.
[[nodiscard]] std::size_t sockets_per_shard(const Plan& plan, int shards);
// Connections over all shards at the highest stage.
[[nodiscard]] int connections(const Plan& plan);

// The n-th of `shards` has this many of `total` things dealt out in turns.
[[nodiscard]] constexpr int share(int total, int shard, int shards) { return (total - shard + shards - 1) / shards; }

}  // namespace loadstone::engine
