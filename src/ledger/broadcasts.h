// The messages of a scenario as all shards see them: which were published, and when each was due. A message is a stream
// (its publisher) and its place in that stream, from 0.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"

namespace loadstone::ledger {

using Stream = std::uint32_t;
using Sequence = std::uint64_t;

struct Message {
  Stream stream = 0;
  Sequence sequence = 0;
  friend bool operator==(const Message&, const Message&) = default;
  friend auto operator<=>(const Message&, const Message&) = default;
};

// The messages of one stream. One thread publishes, in the order of their sequence; any thread reads. Never moves what
// it has: pieces twice as large as the one before are added behind.
class StreamMessages {
 public:
  StreamMessages() = default;
  ~StreamMessages();
  StreamMessages(const StreamMessages&) = delete;
  StreamMessages& operator=(const StreamMessages&) = delete;

  // Publisher: the next message, due then. Visible to others when it returns.
  Sequence publish(Instant due);
  // Publisher: it could not be published after all; nobody has to hear it.
  void cancel(Sequence sequence);
  // Publisher: no other will follow.
  void finish() { finished_.store(true, std::memory_order_release); }

  // Messages below this have been published.
  [[nodiscard]] Sequence published() const { return published_.load(std::memory_order_acquire); }
  [[nodiscard]] Instant due(Sequence sequence) const { return slot(sequence).due; }
  [[nodiscard]] bool is_cancelled(Sequence sequence) const {
    return slot(sequence).cancelled.load(std::memory_order_relaxed);
  }
  [[nodiscard]] bool is_finished() const { return finished_.load(std::memory_order_acquire); }

 private:
  struct Slot {
    Instant due{};
    std::atomic<bool> cancelled{false};
  };
  static constexpr std::uint64_t kFirstPiece = 1024;
  static constexpr std::size_t kPieces = 32;
  [[nodiscard]] Slot& slot(Sequence sequence) const;

  std::array<std::atomic<Slot*>, kPieces> pieces_{};
  std::atomic<Sequence> published_{0};
  std::atomic<bool> finished_{false};
};

class Broadcasts {
 public:
  // Ids in messages are numbers from `first_id`: message n of all streams, counted in turns, has first_id + n.
  Broadcasts(Stream streams, std::uint64_t first_id, std::uint32_t run);

  [[nodiscard]] Stream streams() const { return static_cast<Stream>(streams_.size()); }
  [[nodiscard]] StreamMessages& operator[](Stream stream) { return *streams_[stream]; }
  [[nodiscard]] const StreamMessages& operator[](Stream stream) const { return *streams_[stream]; }
  [[nodiscard]] bool all_finished() const;
  [[nodiscard]] std::uint64_t published() const;
  [[nodiscard]] std::uint32_t run() const { return run_; }

  // The number of a message over all streams, and back.
  [[nodiscard]] std::uint64_t number(Message m) const { return m.sequence * streams_.size() + m.stream; }
  [[nodiscard]] std::uint64_t id(Message m) const { return first_id_ + number(m); }
  // False when the id is none of this scenario's.
  [[nodiscard]] bool message_of(std::uint64_t id, Message& message) const;

  // For messages that the service makes by itself, all in stream 0: the one with this id, which is new when nobody has
  // heard of it before; then it was due at `due`. The most recent kRemembered ids are known. Any thread; takes a lock.
  [[nodiscard]] Sequence learn(std::string_view id, Instant due);
  static constexpr std::size_t kRemembered = 200'000;

 private:
  std::vector<std::unique_ptr<StreamMessages>> streams_;
  std::uint64_t first_id_;
  std::uint32_t run_;
  std::mutex learning_;
  std::unordered_map<std::string, Sequence> learnt_;
  std::deque<const std::string*> oldest_;  // keys of learnt_, in the order of learning
};

}  // namespace loadstone::ledger
