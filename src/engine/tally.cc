#include "engine/tally.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace loadstone::engine {

Tally::Tally(const Plan& plan)
    : audience(plan.audience ? std::make_unique<audience::Tally>() : nullptr),
      plan_(plan),
      steps_(plan.steps.size()),
      statuses_(1000),
      exceedances_(plan.targets.size()) {
  for (std::size_t i = 0; i < plan.targets.size(); ++i) {
    const metric::Target& target = plan.targets[i];
    if (!metric::is_exceedance(target)) continue;
    Limit limit{i, from_seconds(target.limit), target.comparison == metric::Comparison::kLess, std::nullopt};
    for (std::uint32_t s = 0; s < plan.steps.size(); ++s)
      if (!target.metric.step.empty() && plan.steps[s].name == target.metric.step) limit.step = s;
    limits_.push_back(limit);
  }
}

void Tally::ended(const Exchange& exchange, Outcome outcome, std::uint16_t status, Instant done, bool ended_in_time) {
  DCHECK(exchange.measured);
  StepTally& step = steps_[exchange.step];
  ++step.outcomes[static_cast<std::size_t>(outcome)];
  if (ended_in_time && outcome != Outcome::kUnfinished) ++step.completed;
  exceed(exchange, outcome, done);
  const Nanoseconds latency = done - exchange.due;
  if (outcome == Outcome::kConnect || outcome == Outcome::kReset || outcome == Outcome::kProtocol) {
    // How soon a failure came says nothing about how long an answer takes.
    error_latency_.record(latency);
    return;
  }
  step.latency.record(latency);
  if (outcome != Outcome::kOk) error_latency_.record(latency);
  if (is_answered(outcome)) {
    ++statuses_[status];
    first_byte_.record(exchange.first_byte - exchange.sent);
  }
  const Nanoseconds wait = exchange.free - exchange.due;
  const Nanoseconds lag = exchange.sent - exchange.free;
  const Nanoseconds service_time = done - exchange.sent;
  DCHECK(latency == wait + lag + service_time);
  step.service_time.record(service_time);
  lag_.record(lag);
  wait_.record(wait);
  latency_without_lag_.record(wait + service_time);
}

void Tally::exceed(const Exchange& exchange, Outcome outcome, Instant done) {
  for (const Limit& limit : limits_) {
    if (limit.step && *limit.step != exchange.step) continue;
    result::Exceedance& e = exceedances_[limit.target];
    ++e.count;
    const Nanoseconds latency = done - exchange.due;
    const Nanoseconds without_lag = latency - (exchange.sent - exchange.free);
    const auto exceeds = [&](Nanoseconds value) {
      return limit.inclusive ? value >= limit.limit : value > limit.limit;
    };
    const bool failed = !is_answered(outcome);
    e.above += failed || exceeds(latency) ? 1 : 0;
    e.above_without_lag += failed || exceeds(without_lag) ? 1 : 0;
  }
}

void Tally::dropped() {
  ++dropped_;
  for (const Limit& limit : limits_) {
    if (limit.step) continue;  // which step it would have been is not known
    ++exceedances_[limit.target].count;
    ++exceedances_[limit.target].above;
    ++exceedances_[limit.target].above_without_lag;
  }
}

void Tally::problem(const std::string& text, const std::string& example) {
  if (problems.size() >= kMaxProblems && !problems.contains(text)) return;
  ++problems[text];
  if (example.empty()) return;
  if (auto& kept = examples[text]; kept.size() < kMaxExamples) kept.push_back(example);
}

void Tally::connected(Instant begun, const net::Handshake* handshake, Instant open, Instant now) {
  ++connect_succeeded;
  connect_time.record(now - begun);
  connects.connected(begun, handshake, open);
}

void Tally::move_connects_to(Tally& other) {
  other.connect_attempted += std::exchange(connect_attempted, 0);
  other.connect_succeeded += std::exchange(connect_succeeded, 0);
  other.connect_failed += std::exchange(connect_failed, 0);
  other.no_ports += std::exchange(no_ports, 0);
  other.no_descriptors += std::exchange(no_descriptors, 0);
  other.connect_time.add(connect_time);
  connect_time.reset();
  connects.move_to(other.connects);
  if (audience) audience->move_connects_to(*other.audience);
}

void Tally::reset() {
  if (audience) audience->reset();
  for (StepTally& step : steps_) {
    step.outcomes.fill(0);
    step.completed = 0;
    step.latency.reset();
    step.service_time.reset();
  }
  std::fill(statuses_.begin(), statuses_.end(), 0);
  std::fill(exceedances_.begin(), exceedances_.end(), result::Exceedance{});
  scheduled = sent = unmeasured = bytes_sent = bytes_received = bytes_decoded = connect_attempted = connect_succeeded =
      connect_failed = 0;
  retries = unsolicited = no_ports = no_descriptors = dropped_ = 0;
  paused = Nanoseconds(0);
  connects.reset();
  for (stats::Histogram* h : {&connect_time, &wait_, &lag_, &first_byte_, &latency_without_lag_, &error_latency_})
    h->reset();
  problems.clear();
  examples.clear();
  last = false;
}

void Tally::add_to(result::Block& block) const {
  const auto count = [&](const std::string& name, std::uint64_t n) {
    if (n > 0) block.counters[name] += n;
  };
  const auto times = [&](const std::string& name, const stats::Histogram& h) {
    if (!h.empty()) block.histograms[name].add(h);
  };
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const StepTally& step = steps_[i];
    const auto of = [&](Outcome o) { return step.outcomes[static_cast<std::size_t>(o)]; };
    std::uint64_t failures = 0;
    for (const Outcome o :
         {Outcome::kStatus, Outcome::kCheck, Outcome::kTimeout, Outcome::kConnect, Outcome::kReset, Outcome::kProtocol})
      failures += of(o);
    const std::string prefix = "step." + plan_.steps[i].name + ".";
    for (const std::string& where : {std::string(), prefix}) {
      count(where + "requests", of(Outcome::kOk) + failures);
      count(where + "successes", of(Outcome::kOk));
      count(where + "failures", failures);
      count(where + "unfinished", of(Outcome::kUnfinished));
      count(where + "completed", step.completed);
      times(where + "latency", step.latency);
      times(where + "service_time", step.service_time);
    }
    count("errors.status", of(Outcome::kStatus));
    count("errors.check", of(Outcome::kCheck));
    count("errors.timeout", of(Outcome::kTimeout));
    count("errors.connect", of(Outcome::kConnect));
    count("errors.reset", of(Outcome::kReset));
    count("errors.protocol", of(Outcome::kProtocol));
  }
  // 0 is what a message of a WebSocket has.
  for (std::size_t code = 1; code < statuses_.size(); ++code) count("status." + std::to_string(code), statuses_[code]);
  count("scheduled", scheduled);
  count("dropped", dropped_);
  count("sent", sent);
  count("unmeasured", unmeasured);
  count("bytes.sent", bytes_sent);
  count("bytes.received", bytes_received);
  count("bytes.decoded", bytes_decoded);
  if (audience) {
    audience->add_to(block);
  } else {
    count("connect.attempted", connect_attempted);
    count("connect.succeeded", connect_succeeded);
    count("connect.failed", connect_failed);
    times("connect.time", connect_time);
    connects.add_to(block);
  }
  count("retries", retries);
  count("unsolicited", unsolicited);
  times("wait", wait_);
  times("lag", lag_);
  times("first_byte", first_byte_);
  times("latency_without_lag", latency_without_lag_);
  times("error_latency", error_latency_);
  block.exceedances.resize(exceedances_.size());
  for (std::size_t i = 0; i < exceedances_.size(); ++i) {
    block.exceedances[i].count += exceedances_[i].count;
    block.exceedances[i].above += exceedances_[i].above;
    block.exceedances[i].above_without_lag += exceedances_[i].above_without_lag;
  }
  block.in_flight += in_flight;
  block.waiting += waiting;
  block.connections += connections;
  block.generator.pause_seconds += to_seconds(paused);
  block.generator.no_ports += no_ports;
  block.generator.no_descriptors += no_descriptors;
}

}  // namespace loadstone::engine
