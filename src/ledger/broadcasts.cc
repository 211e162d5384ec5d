#include "ledger/broadcasts.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace loadstone::ledger {

StreamMessages::~StreamMessages() {
  for (auto& piece : pieces_) delete[] piece.load();
}

// Piece p holds kFirstPiece << p messages, so those before it are kFirstPiece * (2^p - 1).
StreamMessages::Slot& StreamMessages::slot(Sequence sequence) const {
  const std::uint64_t at = sequence / kFirstPiece + 1;
  const auto piece = static_cast<std::size_t>(std::bit_width(at) - 1);
  const std::uint64_t before = kFirstPiece * ((std::uint64_t{1} << piece) - 1);
  return pieces_[piece].load(std::memory_order_acquire)[sequence - before];
}

Sequence StreamMessages::publish(Instant due) {
  const Sequence sequence = published_.load(std::memory_order_relaxed);
  const std::uint64_t at = sequence / kFirstPiece + 1;
  const auto piece = static_cast<std::size_t>(std::bit_width(at) - 1);
  CHECK(piece < kPieces);
  if (pieces_[piece].load(std::memory_order_relaxed) == nullptr)
    pieces_[piece].store(new Slot[kFirstPiece << piece], std::memory_order_release);
  slot(sequence).due = due;
  published_.store(sequence + 1, std::memory_order_release);
  return sequence;
}

void StreamMessages::cancel(Sequence sequence) { slot(sequence).cancelled.store(true, std::memory_order_relaxed); }

Broadcasts::Broadcasts(Stream streams, std::uint64_t first_id, std::uint32_t run) : first_id_(first_id), run_(run) {
  for (Stream s = 0; s < std::max<Stream>(streams, 1); ++s) streams_.push_back(std::make_unique<StreamMessages>());
}

bool Broadcasts::all_finished() const {
  return std::all_of(streams_.begin(), streams_.end(), [](const auto& s) { return s->is_finished(); });
}

std::uint64_t Broadcasts::published() const {
  std::uint64_t total = 0;
  for (const auto& s : streams_) total += s->published();
  return total;
}

bool Broadcasts::message_of(std::uint64_t id, Message& message) const {
  if (id < first_id_) return false;
  const std::uint64_t number = id - first_id_;
  message = {static_cast<Stream>(number % streams_.size()), number / streams_.size()};
  return message.sequence < streams_[message.stream]->published();
}

Sequence Broadcasts::learn(std::string_view id, Instant due) {
  const std::lock_guard lock(learning_);
  const auto [entry, is_new] = learnt_.try_emplace(std::string(id), 0);
  if (!is_new) return entry->second;
  entry->second = streams_[0]->publish(due);
  const Sequence sequence = entry->second;
  oldest_.push_back(&entry->first);
  if (oldest_.size() > kRemembered) {
    learnt_.erase(learnt_.find(*oldest_.front()));
    oldest_.pop_front();
  }
  return sequence;
}

}  // namespace loadstone::ledger
