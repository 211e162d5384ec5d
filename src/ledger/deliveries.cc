#include "ledger/deliveries.h"

#include <algorithm>

namespace loadstone::ledger {

void Deliveries::reset() {
  expected = delivered = missing = duplicates = reordered = corrupt = late = foreign = lost = 0;
  latency.reset();
  settled.clear();
}

bool Assembly::add(SettledPart&& part, WholeMessage& whole) {
  auto open = std::find_if(open_.begin(), open_.end(), [&](const Open& o) { return o.sum.message == part.message; });
  if (open == open_.end()) {
    open_.push_back({std::move(part), 1});
    open = open_.end() - 1;
  } else {
    SettledPart& sum = open->sum;
    sum.expected += part.expected;
    sum.delivered += part.delivered;
    sum.corrupt += part.corrupt;
    sum.first_ns = std::min(sum.first_ns, part.first_ns);
    sum.last_ns = std::max(sum.last_ns, part.last_ns);
    sum.latencies.insert(sum.latencies.end(), part.latencies.begin(), part.latencies.end());
    ++open->parts;
  }
  if (open->parts < shards_) return false;
  SettledPart sum = std::move(open->sum);
  *open = std::move(open_.back());
  open_.pop_back();
  whole = {};
  whole.expected = sum.expected;
  whole.delivered = sum.delivered;
  whole.corrupt = sum.corrupt;
  if (sum.expected == 0) return true;
  // Who never heard it heard it last of all, and not before the drain was over.
  const auto missing = static_cast<std::size_t>(sum.expected - sum.delivered);
  const std::size_t middle = (sum.latencies.size() + missing - 1) / 2;
  whole.first = sum.delivered > 0 ? Nanoseconds(sum.first_ns) : drain_;
  whole.last = missing == 0 ? Nanoseconds(sum.last_ns) : std::max(drain_, Nanoseconds(sum.last_ns));
  if (middle < sum.latencies.size()) {
    const auto at = sum.latencies.begin() + static_cast<std::ptrdiff_t>(middle);
    std::nth_element(sum.latencies.begin(), at, sum.latencies.end());
    whole.median = std::clamp(Nanoseconds(std::int64_t{*at} * 100), whole.first, whole.last);
  } else {
    whole.median = whole.last;
  }
  return true;
}

}  // namespace loadstone::ledger
