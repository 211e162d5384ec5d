// Every fault that was planted in a stream, so that a measurement can be held against it message by message, and the
// time that each client was there. All methods from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace loadstone::simulate {

enum class Fault : std::uint8_t {
  kDrop,        // not sent to this client
  kDuplicate,   // sent twice
  kSwap,        // sent after the message that followed it
  kCorrupt,     // sent with one bit flipped
  kDisconnect,  // the connection was reset instead, by count,
  kReset,       // or by seeded share
  kClose,       // the connection was closed with a code instead
  kCut,         // the connection was reset because disconnect() was called; the message is the last it may have heard
  kSilent,      // not sent, as nothing is to this client
  kUnsent,      // not sent, and not planted: its queue was full, or it left before a held or delayed message was due
  kRefuse,      // an upgrade that was refused; it has no client and no id
};
inline constexpr std::size_t kFaults = 11;

struct Plant {
  std::string_view route;  // static storage
  Fault fault{};
  std::uint64_t message = 0;                // the number in order of publication on this route, from 1; of a refusal
                                            // how many had been published
  std::shared_ptr<const std::string> id;    // what the message says at the pointer, as JSON; null when it says nothing
  std::uint64_t client = 0;                 // from 0 in order of opening on this route
  std::shared_ptr<const std::string> name;  // what the client calls itself; null when it does not
};

// A client and the messages that it was there for: those after `since` up to `until`, in order of publication.
struct Stay {
  std::string_view route;
  std::uint64_t client = 0;
  std::shared_ptr<const std::string> name;
  std::uint64_t since = 0;
  std::optional<std::uint64_t> until;  // nothing while it is there
};

class Plants {
 public:
  void add(Plant plant);
  void add(Stay stay);  // clients of a route in order
  // A client that leaves twice keeps its first time.
  void leave(std::string_view route, std::uint64_t client, std::uint64_t until);
  // Forgets the faults, not the clients.
  void reset();

  // {"counts": {"drop": n, …, of all that were ever planted}, "dropped": n, "plants": [{"route", "kind", "message",
  // "id",
  //  "client", "name"}, …]}: at most the last `count`, in the order in which they were planted; `dropped` counts those
  // before the last kKept.
  [[nodiscard]] std::string plants_json(std::size_t count) const;
  // {"dropped": n, "clients": [{"route", "client", "name", "since", "until"}, …]}: of each route at most the last
  // `count`, in order of opening; `dropped` counts those before the last kKeptStays of a route.
  [[nodiscard]] std::string stays_json(std::size_t count) const;

  static constexpr std::size_t kKept = 500'000;
  static constexpr std::size_t kKeptStays = 100'000;

 private:
  mutable std::mutex mutex_;
  std::deque<Plant> plants_;
  std::map<std::string_view, std::deque<Stay>> stays_;  // by route, numbers without gaps
  std::array<std::uint64_t, kFaults> counts_{};
  std::uint64_t dropped_ = 0;
  std::uint64_t dropped_stays_ = 0;
};

}  // namespace loadstone::simulate
