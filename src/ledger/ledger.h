// An exact account of who heard what, for the clients of one shard. Told when clients subscribe and leave and what they
// receive; says for each message who had to hear it, who did, when, twice, out of order, or not at all. No sockets and
// no clock; memory is a bit for each client and message that may still arrive, and does not grow with the run.
//
// A client has to hear a message when it was subscribed at the time the message was due. A message is settled when the
// drain time after that is over: what is not there by then is missing.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "ledger/account.h"
#include "ledger/broadcasts.h"
#include "ledger/deliveries.h"

namespace loadstone::ledger {

// How a subscription ended.
enum class Departure : std::uint8_t {
  kService,  // the service or the network ended it: what it owed is missing
  kLeft,     // the client went, and comes back if at all as somebody new: nothing is owed any more
  kDropped,  // dropped on purpose, to see what is lost until the client is back
};

class Ledger {
 public:
  // `listeners` are this shard's clients; the calls below number them from 0 in this order. `drain` is how long a
  // message may take. References must outlive it. Not thread-safe.
  Ledger(const Broadcasts& broadcasts, std::vector<Listener> listeners, Nanoseconds drain,
         std::uint32_t clients_of_all_shards);

  // Where things are counted from now on.
  void count_in(Deliveries& deliveries) { deliveries_ = &deliveries; }

  void subscribed(std::uint32_t client, Instant now);
  // `occasion` says what a drop belongs to, a cycle of a recovery: what is lost behind it is counted there, too.
  void left(std::uint32_t client, Instant now, Departure departure, std::uint32_t occasion = 0);
  // A message that is none of this run's.
  void foreign(std::uint32_t client);
  // A message that is damaged, so that it cannot say which one it is. It is taken for one that this client misses.
  void damaged(std::uint32_t client, Instant now);
  // `fingerprint` of its bytes, when all clients have to receive the same: those who got others than most got it
  // damaged. 0 when that does not matter.
  void received(std::uint32_t client, Message message, Instant now, std::uint64_t fingerprint = 0);

  // Settles every message whose time is over at `now`; all that were published with `now` = kNever. Hands on what this
  // shard knows of each, in Deliveries::settled.
  void settle(Instant now);
  // Whether everything published has been heard by all who have to: nothing is left to wait for. Looks at every client
  // and open message: not for every turn.
  [[nodiscard]] bool is_complete() const;

  // Who and what fared worst, and every anomaly up to a bound. After the last settle().
  [[nodiscard]] const Account& account() const { return account_; }

 private:
  static constexpr std::size_t kPage = 256;  // messages
  static constexpr std::size_t kWords = kPage / 64;

  // Clients who received the same bytes; who they are is kept only of the first few, for most messages have one
  // variant.
  struct Variant {
    std::uint64_t fingerprint = 0;
    std::uint32_t count = 0;
    std::vector<std::uint32_t> clients;
  };
  // What is known of a message while it may still arrive.
  struct Record {
    std::int64_t first_ns = INT64_MAX;
    std::int64_t last_ns = 0;
    std::vector<std::uint32_t> latencies;  // in tenths of a microsecond, at most kMostLatencies
    std::vector<Variant> variants;         // the most frequent first
  };
  struct Page {
    explicit Page(std::size_t clients) : bits(clients * kWords), records(kPage) {}
    std::vector<std::uint64_t> bits;  // by client, then message
    std::vector<Record> records;      // emptied when settled
  };
  struct StreamState {
    Sequence first_page = 0;  // the number of pages_.front()
    std::deque<Page> pages;
    Sequence settled = 0;                // messages below this are settled
    std::vector<std::uint64_t> highest;  // by client: one more than the highest received
  };
  struct Epoch {
    Instant from = kNever;
    Instant until = kNever;
    Departure departure = Departure::kLeft;
    std::uint32_t occasion = 0;
  };
  // What a client owes to a message that was due then.
  enum class Duty : std::uint8_t { kMust, kNone, kGap };
  struct Owed {
    Duty duty;
    std::uint32_t occasion = 0;  // kGap: of the drop before it
  };

  // Null when it is gone, long after it was settled.
  [[nodiscard]] Page* page_of(StreamState& state, Sequence sequence);
  [[nodiscard]] Owed owed(std::uint32_t client, Instant due, bool has) const;
  [[nodiscard]] bool hears(std::uint32_t client, Stream stream) const {
    return listeners_[client].hears.empty() || listeners_[client].hears[stream];
  }
  void note(Fault fault, std::uint32_t client, const Message* message, std::uint64_t displacement = 0);
  void late(std::uint32_t client, Message message);
  void add_variant(Record& record, std::uint32_t client, std::uint64_t fingerprint);
  // Whether something damaged came that must have been this message, which the client misses.
  [[nodiscard]] bool take_damaged(std::uint32_t client, Message message);
  [[nodiscard]] bool has(std::uint32_t client, Message message) const;
  void forget_damaged(Instant now);
  void settle_message(Stream stream, Sequence sequence);
  void forget_epochs(Instant now);

  const Broadcasts& broadcasts_;
  std::vector<Listener> listeners_;
  Nanoseconds drain_;
  Deliveries* deliveries_ = nullptr;
  std::vector<StreamState> streams_;
  std::vector<Epoch> current_;            // by client; from == kNever: not subscribed
  std::vector<std::vector<Epoch>> past_;  // by client, those that still matter
  std::vector<std::uint32_t> with_past_;  // clients with any
  struct Damaged {
    std::uint32_t client;
    Instant at;
  };
  std::deque<Damaged> damaged_;  // not yet taken for a message
  Account account_;
};

}  // namespace loadstone::ledger
