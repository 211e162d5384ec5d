#include "simulate/plants.h"

#include <algorithm>
#include <iterator>

#include "base/format.h"
#include "simulate/json.h"

namespace loadstone::simulate {
namespace {

constexpr std::array<std::string_view, kFaults> kNames = {
    "drop", "duplicate", "swap", "corrupt", "disconnect", "reset", "close", "cut", "silent", "unsent", "refuse"};

std::string quoted(const std::shared_ptr<const std::string>& name) { return name ? json_quote(*name) : "null"; }

}  // namespace

void Plants::add(Plant plant) {
  const std::lock_guard lock(mutex_);
  ++counts_[static_cast<std::size_t>(plant.fault)];
  plants_.push_back(std::move(plant));
  if (plants_.size() <= kKept) return;
  plants_.pop_front();
  ++dropped_;
}

void Plants::add(Stay stay) {
  const std::lock_guard lock(mutex_);
  auto& stays = stays_[stay.route];
  stays.push_back(std::move(stay));
  if (stays.size() <= kKeptStays) return;
  stays.pop_front();
  ++dropped_stays_;
}

void Plants::leave(std::string_view route, std::uint64_t client, std::uint64_t until) {
  const std::lock_guard lock(mutex_);
  auto& stays = stays_[route];
  if (stays.empty() || client < stays.front().client || client > stays.back().client) return;
  Stay& stay = stays[client - stays.front().client];
  if (!stay.until) stay.until = until;
}

void Plants::reset() {
  const std::lock_guard lock(mutex_);
  plants_.clear();
  counts_ = {};
  dropped_ = 0;
}

std::string Plants::plants_json(std::size_t count) const {
  const std::lock_guard lock(mutex_);
  std::string out = "{\"counts\":{";
  const auto to = std::back_inserter(out);
  for (std::size_t i = 0; i < kFaults; ++i) format_to(to, "{}\"{}\":{}", i == 0 ? "" : ",", kNames[i], counts_[i]);
  format_to(to, "}},\"dropped\":{},\"plants\":[", dropped_);
  for (std::size_t i = plants_.size() - std::min(count, plants_.size()); i < plants_.size(); ++i) {
    const Plant& p = plants_[i];
    format_to(to, R"({}{{"route":"{}","kind":"{}","message":{},"id":{},"client":{},"name":{}}})",
              out.back() == '[' ? "" : ",", p.route, kNames[static_cast<std::size_t>(p.fault)], p.message,
              p.id ? *p.id : "null", p.fault == Fault::kRefuse ? "null" : std::to_string(p.client), quoted(p.name));
  }
  return out + "]}";
}

std::string Plants::stays_json(std::size_t count) const {
  const std::lock_guard lock(mutex_);
  std::string out = format("{{\"dropped\":{},\"clients\":[", dropped_stays_);
  for (const auto& [route, stays] : stays_)
    for (std::size_t i = stays.size() - std::min(count, stays.size()); i < stays.size(); ++i) {
      const Stay& s = stays[i];
      format_to(std::back_inserter(out), R"({}{{"route":"{}","client":{},"name":{},"since":{},"until":{}}})",
                out.back() == '[' ? "" : ",", route, s.client, quoted(s.name), s.since,
                s.until ? std::to_string(*s.until) : "null");
    }
  return out + "]}";
}

}  // namespace loadstone::simulate
