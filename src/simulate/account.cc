#include "simulate/account.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

#include "base/format.h"
#include "simulate/json.h"

namespace loadstone::simulate {

Account::Route& Account::find(std::string_view route) {
  const auto known = routes_.find(route);
  if (known != routes_.end()) return known->second;
  Route& fresh = routes_[std::string(route)];
  fresh.number = static_cast<std::uint32_t>(routes_.size());
  return fresh;
}

void Account::answered(std::string_view route, int status, Instant received, Instant sent) {
  const std::lock_guard lock(mutex_);
  Route& r = find(route);
  ++r.totals.answered;
  ++r.totals.status[status];
  if (samples_.size() < max_samples_)
    samples_.push_back({received.time_since_epoch().count(), sent.time_since_epoch().count(), r.number, status});
}

void Account::ended(std::string_view route, Ending ending) {
  const std::lock_guard lock(mutex_);
  ++find(route).totals.endings[static_cast<std::size_t>(ending)];
}

void Account::reset() {
  const std::lock_guard lock(mutex_);
  routes_.clear();
  samples_.clear();
}

void Account::write(std::string& out, const Totals& t, std::vector<std::int64_t> times) {
  const auto to = std::back_inserter(out);
  const auto requests = std::accumulate(t.endings.begin(), t.endings.end(), t.answered);
  format_to(to, R"("requests":{},"answered":{},"resets":{},"closes":{},"halves":{},"silences":{},"status":{{)",
            requests, t.answered, t.endings[0], t.endings[1], t.endings[2], t.endings[3]);
  const char* comma = "";
  for (const auto& [status, n] : t.status) {
    format_to(to, R"({}"{}":{})", comma, status, n);
    comma = ",";
  }
  out += "},\"service_time_ns\":{";
  format_to(to, R"("count":{})", times.size());
  if (!times.empty()) {
    std::sort(times.begin(), times.end());
    const auto rank = [&](double q) {
      const auto r = static_cast<std::size_t>(std::ceil(q * static_cast<double>(times.size())));
      return times[std::clamp<std::size_t>(r, 1, times.size()) - 1];
    };
    double sum = 0;
    for (const auto ns : times) sum += static_cast<double>(ns);
    format_to(to, R"(,"min":{},"mean":{:.0f})", times.front(), sum / static_cast<double>(times.size()));
    constexpr std::pair<const char*, double> kQuantiles[] = {
        {"p50", 0.5}, {"p75", 0.75}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}, {"p99_9", 0.999}, {"p99_99", 0.9999}};
    for (const auto& [name, q] : kQuantiles) format_to(to, R"(,"{}":{})", name, rank(q));
    format_to(to, R"(,"max":{})", times.back());
  }
  out += "}";
}

std::string Account::stats_json() const {
  const std::lock_guard lock(mutex_);
  Totals all;
  std::vector<std::vector<std::int64_t>> by_route(routes_.size() + 1);
  std::vector<std::int64_t> times;
  times.reserve(samples_.size());
  for (const Sample& s : samples_) {
    times.push_back(s.sent_ns - s.received_ns);
    by_route[s.route].push_back(times.back());
  }
  std::uint64_t answered = 0;
  for (const auto& [name, route] : routes_) {
    answered += route.totals.answered;
    for (std::size_t i = 0; i < all.endings.size(); ++i) all.endings[i] += route.totals.endings[i];
    for (const auto& [status, n] : route.totals.status) all.status[status] += n;
  }
  all.answered = answered;
  std::string out = "{";
  write(out, all, std::move(times));
  format_to(std::back_inserter(out), R"(,"samples":{},"samples_bound":{},"samples_bound_reached":{},"routes":{{)",
            samples_.size(), max_samples_, answered > samples_.size());
  const char* comma = "";
  for (const auto& [name, route] : routes_) {
    out += comma + json_quote(name) + ":{";
    write(out, route.totals, std::move(by_route[route.number]));
    out += "}";
    comma = ",";
  }
  return out + "}}";
}

std::string Account::samples_json(std::size_t count) const {
  const std::lock_guard lock(mutex_);
  std::string out = "[";
  for (std::size_t i = samples_.size() - std::min(count, samples_.size()); i < samples_.size(); ++i)
    format_to(std::back_inserter(out), "{}[{},{},{}]", out.size() > 1 ? "," : "", samples_[i].received_ns,
              samples_[i].sent_ns, samples_[i].status);
  return out + "]";
}

}  // namespace loadstone::simulate
