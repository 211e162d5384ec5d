#include "ledger/account.h"

#include <algorithm>
#include <tuple>

namespace loadstone::ledger {
namespace {

bool is_worse(const MessageTotals& a, const MessageTotals& b) {
  return std::tuple(a.faults(), a.last_ns, b.message) > std::tuple(b.faults(), b.last_ns, a.message);
}

}  // namespace

std::string_view name(Fault fault) {
  switch (fault) {
    case Fault::kMissing:
      return "missing";
    case Fault::kDuplicate:
      return "duplicate";
    case Fault::kReordered:
      return "reordered";
    case Fault::kCorrupt:
      return "corrupt";
    case Fault::kLate:
      return "late";
    case Fault::kForeign:
      return "foreign";
    case Fault::kLost:
      return "lost";
  }
  return "?";
}

Picture::Picture(std::uint32_t clients)
    : rows_(std::min<std::size_t>(std::max<std::uint32_t>(clients, 1), kSide)),
      height_(static_cast<std::uint32_t>((std::max<std::uint32_t>(clients, 1) + rows_ - 1) / rows_)),
      cells_(rows_ * kSide) {
  rows_ = (std::max<std::uint32_t>(clients, 1) + height_ - 1) / height_;
}

std::size_t Picture::columns() const { return static_cast<std::size_t>((end_ + messages_per_column() - 1) >> shift_); }

void Picture::widen() {
  for (std::size_t row = 0; row < rows_; ++row) {
    Cell* cells = &cells_[row * kSide];
    for (std::size_t i = 0; i < kSide; ++i) {
      Cell sum;
      if (2 * i < kSide) {
        sum = cells[2 * i];
        const Cell& next = cells[2 * i + 1];
        sum.expected += next.expected;
        sum.delivered += next.delivered;
        sum.latency_ns += next.latency_ns;
      }
      cells[i] = sum;
    }
  }
  ++shift_;
}

Picture::Cell& Picture::at(std::uint32_t client, std::uint64_t message) {
  while (message >> shift_ >= kSide) widen();
  end_ = std::max(end_, message + 1);
  return cells_[client / height_ * kSide + static_cast<std::size_t>(message >> shift_)];
}

void Picture::add(const Picture& other) {
  Picture theirs = other;
  while (shift_ < theirs.shift_) widen();
  while (theirs.shift_ < shift_) theirs.widen();
  end_ = std::max(end_, theirs.end_);
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    cells_[i].expected += theirs.cells_[i].expected;
    cells_[i].delivered += theirs.cells_[i].delivered;
    cells_[i].latency_ns += theirs.cells_[i].latency_ns;
  }
}

void Account::note_lost(std::uint32_t occasion) {
  if (occasion > kMostOccasions) return;
  if (lost.size() <= occasion) lost.resize(occasion + 1);
  ++lost[occasion];
}

void Account::note(const Anomaly& anomaly) {
  if (anomalies.size() < kMostAnomalies)
    anomalies.push_back(anomaly);
  else
    ++further_anomalies;
}

void Account::note(const MessageTotals& message) {
  // A heap whose top is the best of the worst.
  if (messages.size() < kMostMessages) {
    messages.push_back(message);
    std::push_heap(messages.begin(), messages.end(), is_worse);
  } else if (is_worse(message, messages.front())) {
    std::pop_heap(messages.begin(), messages.end(), is_worse);
    messages.back() = message;
    std::push_heap(messages.begin(), messages.end(), is_worse);
  }
}

void Account::add(Account&& other) {
  clients.insert(clients.end(), other.clients.begin(), other.clients.end());
  for (const Anomaly& a : other.anomalies) note(a);
  further_anomalies += other.further_anomalies;
  picture.add(other.picture);
  if (lost.size() < other.lost.size()) lost.resize(other.lost.size());
  for (std::size_t i = 0; i < other.lost.size(); ++i) lost[i] += other.lost[i];
}

void Account::finish() {
  std::sort(messages.begin(), messages.end(), is_worse);
  if (messages.size() > kMostMessages) messages.resize(kMostMessages);
  std::sort(clients.begin(), clients.end(), [](const ClientTotals& a, const ClientTotals& b) {
    const auto slow = [](const ClientTotals& c) { return c.delivered == 0 ? 0 : c.latency_ns / c.delivered; };
    return std::tuple(a.faults(), slow(a), b.client) > std::tuple(b.faults(), slow(b), a.client);
  });
  std::stable_sort(anomalies.begin(), anomalies.end(), [](const Anomaly& a, const Anomaly& b) {
    return std::tuple(a.fault, a.message, a.client) < std::tuple(b.fault, b.message, b.client);
  });
}

}  // namespace loadstone::ledger
