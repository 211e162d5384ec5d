#include "audience/tally.h"

#include <utility>

namespace loadstone::audience {

void Tally::problem(const std::string& text) {
  if (problems.size() < kMostProblems || problems.contains(text)) ++problems[text];
}

void Tally::reset() {
  attempted = succeeded = failed = lost = no_ports = no_descriptors = 0;
  messages_sent = messages_received = bytes_sent = bytes_received = unanswered = drops = recovered = 0;
  for (stats::Histogram* h : {&connect_time, &connect_dns, &connect_upgrade, &connect_answer, &rtt, &lag, &detected,
                              &recovery_time, &first_message})
    h->reset();
  connects.reset();
  refusals.clear();
  deliveries.reset();
  problems.clear();
}

void Tally::move_connects_to(Tally& other) {
  for (const auto member :
       {&Tally::attempted, &Tally::succeeded, &Tally::failed, &Tally::no_ports, &Tally::no_descriptors})
    other.*member += std::exchange(this->*member, 0);
  for (const auto member :
       {&Tally::connect_time, &Tally::connect_dns, &Tally::connect_upgrade, &Tally::connect_answer}) {
    (other.*member).add(this->*member);
    (this->*member).reset();
  }
  connects.move_to(other.connects);
  for (const auto& [status, times] : refusals) other.refusals[status] += times;
  refusals.clear();
}

void Tally::add_to(result::Block& block) const {
  const auto count = [&](const std::string& name, std::uint64_t n) {
    if (n > 0) block.counters[name] += n;
  };
  const auto times = [&](const std::string& name, const stats::Histogram& h) {
    if (!h.empty()) block.histograms[name].add(h);
  };
  count("connect.attempted", attempted);
  count("connect.succeeded", succeeded);
  count("connect.failed", failed);
  count("connect.lost", lost);
  times("connect.time", connect_time);
  times("connect.dns", connect_dns);
  connects.add_to(block);
  times("connect.upgrade", connect_upgrade);
  times("connect.answer", connect_answer);
  for (const auto& [status, n] : refusals) count("status." + std::to_string(status), n);
  count("messages.sent", messages_sent);
  count("messages.received", messages_received);
  count("messages.unanswered", unanswered);
  count("bytes.sent", bytes_sent);
  count("bytes.received", bytes_received);
  times("rtt", rtt);
  times("lag", lag);
  count("recovery.drops", drops);
  count("recovery.recovered", recovered);
  count("recovery.lost", deliveries.lost);
  times("recovery.detected", detected);
  times("recovery.time", recovery_time);
  times("recovery.first_message", first_message);
  count("broadcast.expected", deliveries.expected);
  count("broadcast.delivered", deliveries.delivered);
  count("broadcast.missing", deliveries.missing);
  count("broadcast.duplicates", deliveries.duplicates);
  count("broadcast.reordered", deliveries.reordered);
  count("broadcast.corrupt", deliveries.corrupt);
  count("broadcast.late", deliveries.late);
  count("broadcast.foreign", deliveries.foreign);
  times("broadcast.latency", deliveries.latency);
  block.generator.no_ports += no_ports;
  block.generator.no_descriptors += no_descriptors;
}

}  // namespace loadstone::audience
