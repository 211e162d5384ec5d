#include "analysis/request_cost.h"

#include <algorithm>
#include <numeric>

#include "base/format.h"
#include "base/units.h"

namespace loadstone::analysis {
namespace {

std::string percent(double share) { return share < 0.005 ? "under 1 %" : format("{:.0f} %", 100 * share); }

double weight_of(const Draw& draw) {
  double all = 0;
  for (const auto& part : draw.parts) all += part.weight;
  return all;
}

// Requests per second that the users of a draw send when none of them has to wait for another.
double rate_of(const Draw& draw, std::span<const RequestCost> costs) {
  double time = 0;
  for (const auto& part : draw.parts) time += part.weight * (costs[part.request].mean + part.think);
  return time > 0 ? draw.users * weight_of(draw) / time : 0;
}

}  // namespace

std::optional<double> cpu_of_one(double cpu_seconds, double seconds, double quiet, double requests) {
  if (requests <= 0) return std::nullopt;
  return std::max(0.0, cpu_seconds - quiet * seconds) / requests;
}

std::vector<std::optional<double>> cpu_of_steps(std::span<const stats::MixedTotal> looks) {
  std::vector<std::optional<double>> found(looks.empty() ? 0 : looks.front().counts.size());
  std::vector<std::size_t> sent;
  for (std::size_t i = 0; i < found.size(); ++i)
    if (std::any_of(looks.begin(), looks.end(), [&](const auto& look) { return look.counts[i] > 0; }))
      sent.push_back(i);
  std::vector<stats::MixedTotal> rows;
  for (const auto& look : looks) {
    rows.push_back({{}, look.total});
    for (const std::size_t i : sent) rows.back().counts.push_back(look.counts[i]);
  }
  if (const auto parts = stats::parts_of(rows))
    for (std::size_t at = 0; at < sent.size(); ++at)
      if ((*parts)[at] > 0) found[sent[at]] = (*parts)[at];
  return found;
}

std::vector<double> expected_counts(std::span<const Together> loads, std::span<const RequestCost> costs, double cores) {
  std::vector<double> counts(costs.size());
  for (const Together& load : loads) {
    std::vector<double> rates(costs.size());
    for (const Draw& draw : load.draws) {
      const double weights = weight_of(draw);
      if (weights <= 0) continue;
      std::vector<double>& into = draw.count ? counts : rates;
      const double all = draw.count ? *draw.count : rate_of(draw, costs);
      for (const auto& part : draw.parts) into[part.request] += all * part.weight / weights;
    }
    double cpu = 0;
    for (std::size_t i = 0; i < costs.size(); ++i) cpu += rates[i] * costs[i].cpu.value_or(0);
    double seconds = load.seconds;
    if (cores > 0 && cpu > cores) seconds *= cores / cpu;
    const double all = std::accumulate(rates.begin(), rates.end(), 0.0);
    if (load.count && all > 0) seconds = *load.count / all;
    for (std::size_t i = 0; i < costs.size(); ++i) counts[i] += rates[i] * seconds;
  }
  return counts;
}

void share_out(std::vector<RequestCost>& costs, std::span<const double> counts) {
  double requests = 0, time = 0, cpu = 0;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    costs[i].sent = counts[i];
    requests += counts[i];
    time += counts[i] * costs[i].mean;
    cpu += counts[i] * costs[i].cpu.value_or(0);
  }
  for (RequestCost& cost : costs) {
    cost.request_share = requests > 0 ? cost.sent / requests : 0;
    cost.time_share = time > 0 ? cost.sent * cost.mean / time : 0;
    if (cost.cpu && cpu > 0) cost.cpu_share = cost.sent * *cost.cpu / cpu;
  }
  std::stable_sort(costs.begin(), costs.end(), [](const RequestCost& a, const RequestCost& b) {
    const double of_a = a.cpu_share.value_or(-1), of_b = b.cpu_share.value_or(-1);
    return of_a != of_b ? of_a > of_b : a.time_share > b.time_share;
  });
}

std::string dearest(std::span<const RequestCost> costs) {
  if (costs.empty()) return {};
  const RequestCost& first = costs.front();
  std::string text;
  if (first.cpu_share)
    text = format("{} is {} of the requests and {} of the CPU.", first.name, percent(first.request_share),
                  percent(*first.cpu_share));
  const auto slowest = std::max_element(costs.begin(), costs.end(), [](const RequestCost& a, const RequestCost& b) {
    return a.time_share < b.time_share;
  });
  if (slowest->time_share <= 0 || (!text.empty() && slowest->name == first.name)) return text;
  return format("{}{}{} is {} of the requests and {} of the time.", text, text.empty() ? "" : " ", slowest->name,
                percent(slowest->request_share), percent(slowest->time_share));
}

}  // namespace loadstone::analysis
