#include "ledger/ledger.h"

#include <algorithm>

#include "base/check.h"

namespace loadstone::ledger {
namespace {

// Of one message: medians of more clients than this on one shard are of the first so many.
constexpr std::size_t kMostLatencies = 200'000;
// Settled pages are kept for this many drain times, so that what comes late can be told from what comes twice.
constexpr int kKeptDrains = 2;
// Of one message: different bytes that are told apart, and clients that are known by name for each.
constexpr std::size_t kMostVariants = 64;
constexpr std::size_t kMostVariantClients = 64;

}  // namespace

Ledger::Ledger(const Broadcasts& broadcasts, std::vector<Listener> listeners, Nanoseconds drain,
               std::uint32_t clients_of_all_shards)
    : broadcasts_(broadcasts),
      listeners_(std::move(listeners)),
      drain_(drain),
      streams_(broadcasts.streams()),
      current_(listeners_.size()),
      past_(listeners_.size()),
      account_(clients_of_all_shards) {
  for (StreamState& s : streams_) s.highest.resize(listeners_.size());
  for (const Listener& l : listeners_) account_.clients.push_back({.client = l.client});
}

void Ledger::subscribed(std::uint32_t client, Instant now) {
  DCHECK(current_[client].from == kNever);
  current_[client] = {now, kNever, Departure::kLeft, 0};
}

void Ledger::left(std::uint32_t client, Instant now, Departure departure, std::uint32_t occasion) {
  Epoch& epoch = current_[client];
  if (epoch.from == kNever) return;
  epoch.until = now;
  epoch.departure = departure;
  epoch.occasion = occasion;
  if (past_[client].empty()) with_past_.push_back(client);
  past_[client].push_back(epoch);
  epoch = Epoch{};
}

void Ledger::note(Fault fault, std::uint32_t client, const Message* message, std::uint64_t displacement) {
  account_.note({fault, message != nullptr, message != nullptr ? broadcasts_.number(*message) : 0,
                 listeners_[client].client, displacement});
}

void Ledger::foreign(std::uint32_t client) {
  ++deliveries_->foreign;
  ++account_.clients[client].foreign;
  note(Fault::kForeign, client, nullptr);
}

void Ledger::damaged(std::uint32_t client, Instant now) {
  ++deliveries_->corrupt;
  ++account_.clients[client].corrupt;
  damaged_.push_back({client, now});
}

Ledger::Page* Ledger::page_of(StreamState& state, Sequence sequence) {
  const Sequence number = sequence / kPage;
  if (number < state.first_page) return nullptr;
  while (state.first_page + state.pages.size() <= number) state.pages.emplace_back(listeners_.size());
  return &state.pages[number - state.first_page];
}

void Ledger::received(std::uint32_t client, Message message, Instant now, std::uint64_t fingerprint) {
  StreamState& state = streams_[message.stream];
  ClientTotals& totals = account_.clients[client];
  if (!hears(client, message.stream)) {
    ++deliveries_->foreign;
    ++totals.foreign;
    note(Fault::kForeign, client, &message);
    return;
  }
  Page* page = page_of(state, message.sequence);
  const bool is_settled = message.sequence < state.settled;
  if (page == nullptr) {
    late(client, message);
    return;
  }
  Record& record = page->records[message.sequence % kPage];
  std::uint64_t& word = page->bits[client * kWords + message.sequence % kPage / 64];
  const std::uint64_t bit = std::uint64_t{1} << (message.sequence % 64);
  if ((word & bit) != 0) {
    if (fingerprint != 0 && !record.variants.empty() && record.variants.front().fingerprint != fingerprint) {
      damaged(client, now);  // another message, whose id was damaged into this one's
      return;
    }
    ++deliveries_->duplicates;
    ++totals.duplicates;
    note(Fault::kDuplicate, client, &message);
    return;
  }
  word |= bit;
  if (is_settled) {
    late(client, message);
    return;
  }
  std::uint64_t& highest = state.highest[client];
  if (message.sequence < highest) {
    ++deliveries_->reordered;
    ++totals.reordered;
    note(Fault::kReordered, client, &message, highest - 1 - message.sequence);
  } else {
    highest = message.sequence + 1;
  }
  if (fingerprint != 0) add_variant(record, client, fingerprint);
  const Instant due = broadcasts_[message.stream].due(message.sequence);
  if (owed(client, due, true).duty != Duty::kMust) return;  // from before it came, or sent again after a gap
  // Before it was due only where the service's own clock says when that was.
  const Nanoseconds latency = std::max(Nanoseconds(0), now - due);
  deliveries_->latency.record(latency);
  totals.latency_ns += static_cast<std::uint64_t>(latency.count());
  account_.picture.delivered(totals.client, broadcasts_.number(message), latency);
  record.first_ns = std::min<std::int64_t>(record.first_ns, latency.count());
  record.last_ns = std::max<std::int64_t>(record.last_ns, latency.count());
  if (record.latencies.size() < kMostLatencies)
    record.latencies.push_back(static_cast<std::uint32_t>(std::min<std::int64_t>(latency.count() / 100, UINT32_MAX)));
}

void Ledger::add_variant(Record& record, std::uint32_t client, std::uint64_t fingerprint) {
  auto variant = std::find_if(record.variants.begin(), record.variants.end(),
                              [&](const Variant& v) { return v.fingerprint == fingerprint; });
  if (variant == record.variants.end()) {
    if (record.variants.size() >= kMostVariants) return;
    record.variants.push_back({fingerprint, 0, {}});
    variant = record.variants.end() - 1;
  }
  ++variant->count;
  if (variant->clients.size() < kMostVariantClients) variant->clients.push_back(client);
  if (variant != record.variants.begin() && variant->count > record.variants.front().count)
    std::swap(*variant, record.variants.front());
}

bool Ledger::has(std::uint32_t client, Message message) const {
  const StreamState& state = streams_[message.stream];
  const Sequence page = message.sequence / kPage - state.first_page;
  if (message.sequence / kPage < state.first_page || page >= state.pages.size()) return false;
  const std::uint64_t word = state.pages[page].bits[client * kWords + message.sequence % kPage / 64];
  return (word >> (message.sequence % 64) & 1) != 0;
}

// A connection keeps the order: what came damaged is the last message due before it came that the client misses.
bool Ledger::take_damaged(std::uint32_t client, Message message) {
  const StreamMessages& messages = broadcasts_[message.stream];
  const Instant due = messages.due(message.sequence);
  const auto found = std::find_if(damaged_.begin(), damaged_.end(), [&](const Damaged& d) {
    if (d.client != client || d.at < due || d.at > due + drain_) return false;
    for (Sequence later = message.sequence + 1; later < messages.published() && messages.due(later) <= d.at; ++later)
      if (!messages.is_cancelled(later) && !has(client, {message.stream, later})) return false;
    return true;
  });
  if (found == damaged_.end()) return false;
  damaged_.erase(found);
  return true;
}

// What was not taken for any message by the time all that it may have been are settled.
void Ledger::forget_damaged(Instant now) {
  while (!damaged_.empty() && (now == kNever || damaged_.front().at + drain_ + 1s <= now)) {
    note(Fault::kCorrupt, damaged_.front().client, nullptr);
    damaged_.pop_front();
  }
}

void Ledger::late(std::uint32_t client, Message message) {
  ++deliveries_->late;
  ++account_.clients[client].late;
  note(Fault::kLate, client, &message);
}

Ledger::Owed Ledger::owed(std::uint32_t client, Instant due, bool has) const {
  const Epoch& current = current_[client];
  if (current.from <= due) return {Duty::kMust};
  const std::vector<Epoch>& past = past_[client];
  // The last epoch that began before it was due: within it, or in the gap behind it.
  for (auto epoch = past.rbegin(); epoch != past.rend(); ++epoch) {
    if (epoch->from > due) continue;
    const bool is_within = due < epoch->until;
    switch (epoch->departure) {
      case Departure::kService:
        return {is_within ? Duty::kMust : Duty::kGap, epoch->occasion};
      case Departure::kDropped:
        return {is_within && has ? Duty::kMust : Duty::kGap, epoch->occasion};
      case Departure::kLeft:
        return {is_within && has ? Duty::kMust : Duty::kNone};
    }
  }
  return {Duty::kNone};
}

void Ledger::settle(Instant now) {
  for (Stream stream = 0; stream < streams_.size(); ++stream) {
    const StreamMessages& messages = broadcasts_[stream];
    StreamState& state = streams_[stream];
    const Sequence published = messages.published();
    while (state.settled < published && (now == kNever || messages.due(state.settled) + drain_ <= now)) {
      settle_message(stream, state.settled);
      ++state.settled;
    }
    while (!state.pages.empty() && (state.first_page + 1) * kPage <= state.settled &&
           (now == kNever || messages.due((state.first_page + 1) * kPage - 1) + (1 + kKeptDrains) * drain_ <= now)) {
      state.pages.pop_front();
      ++state.first_page;
    }
  }
  forget_damaged(now);
  if (now != kNever) forget_epochs(now);
}

void Ledger::settle_message(Stream stream, Sequence sequence) {
  const StreamMessages& messages = broadcasts_[stream];
  if (messages.is_cancelled(sequence)) return;
  const Message message{stream, sequence};
  const Instant due = messages.due(sequence);
  const std::uint64_t number = broadcasts_.number(message);
  Page& page = *page_of(streams_[stream], sequence);
  Record& record = page.records[sequence % kPage];
  SettledPart part{.message = message,
                   .first_ns = record.first_ns,
                   .last_ns = record.last_ns,
                   .latencies = std::move(record.latencies)};
  std::vector<std::uint32_t> damaged;  // who received other bytes than most
  for (std::size_t v = 1; v < record.variants.size(); ++v)
    damaged.insert(damaged.end(), record.variants[v].clients.begin(), record.variants[v].clients.end());
  record = Record{};
  const std::size_t word = sequence % kPage / 64;
  const std::uint64_t bit = std::uint64_t{1} << (sequence % 64);
  for (std::uint32_t client = 0; client < listeners_.size(); ++client) {
    if (!hears(client, stream)) continue;
    bool has = (page.bits[client * kWords + word] & bit) != 0;
    const auto [duty, occasion] = owed(client, due, has);
    ClientTotals& totals = account_.clients[client];
    if (duty == Duty::kMust) {
      ++part.expected;
      ++totals.expected;
      account_.picture.expected(totals.client, number);
      bool is_corrupt = false;
      if (has && !damaged.empty() && std::find(damaged.begin(), damaged.end(), client) != damaged.end()) {
        has = false;
        is_corrupt = true;
        ++deliveries_->corrupt;
        ++totals.corrupt;
      } else if (!has) {
        is_corrupt = take_damaged(client, message);
      }
      part.delivered += has ? 1 : 0;
      totals.delivered += has ? 1 : 0;
      part.corrupt += is_corrupt ? 1 : 0;
      if (is_corrupt) {
        note(Fault::kCorrupt, client, &message);
      } else if (!has) {
        ++totals.missing;
        deliveries_->latency.record(drain_);
        note(Fault::kMissing, client, &message);
      }
    } else if (duty == Duty::kGap && !has) {
      ++totals.lost;
      ++deliveries_->lost;
      account_.note_lost(occasion);
      note(Fault::kLost, client, &message);
    }
  }
  deliveries_->expected += part.expected;
  deliveries_->delivered += part.delivered;
  deliveries_->missing += part.expected - part.delivered - part.corrupt;
  deliveries_->settled.push_back(std::move(part));
}

// Epochs matter as long as a message that was due in or after them may still be unsettled.
void Ledger::forget_epochs(Instant now) {
  std::erase_if(with_past_, [&](std::uint32_t client) {
    std::vector<Epoch>& past = past_[client];
    // The last one says what kind of gap follows it, until the client is back for long enough.
    const bool is_back = current_[client].from != kNever && current_[client].from + drain_ + 1s <= now;
    while (!past.empty() && (is_back || past.size() > 1) && past.front().until + drain_ + 1s <= now)
      past.erase(past.begin());
    if (!past.empty()) return false;
    past.shrink_to_fit();
    return true;
  });
}

bool Ledger::is_complete() const {
  for (Stream stream = 0; stream < streams_.size(); ++stream) {
    const StreamState& state = streams_[stream];
    const StreamMessages& messages = broadcasts_[stream];
    for (Sequence sequence = state.settled; sequence < messages.published(); ++sequence) {
      if (messages.is_cancelled(sequence)) continue;
      const Instant due = messages.due(sequence);
      for (std::uint32_t client = 0; client < listeners_.size(); ++client) {
        if (!hears(client, stream) || has(client, {stream, sequence})) continue;
        if (owed(client, due, false).duty == Duty::kMust) return false;
      }
    }
  }
  return true;
}

}  // namespace loadstone::ledger
