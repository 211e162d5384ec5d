#include <vector>

#include "scenario/websocket_shape.h"
#include "scenario/websocket_values.h"
#include "scenario/wording.h"

namespace loadstone::scenario {
namespace {

std::string clients_text(int clients) { return how_many(clients, "client", "clients"); }

// "50 clients, one every 1 ms,", or the stages in turn.
std::string who(const AudienceLoad& load) {
  std::string text = load.stages.size() == 1
                         ? clients_text(load.stages.front().clients)
                         : stages_text(load.stages, [](const auto& s) { return clients_text(s.clients); });
  if (load.event_stream) text += load.stages.size() == 1 ? " of an event stream" : ", all of an event stream";
  if (load.stagger > Nanoseconds(0))
    text += format(", one every {},", show_duration(load.stagger));
  else if (load.connect_rate)
    text += format(", {} a second,", rate_number(*load.connect_rate));
  else if (load.stages.size() > 1)
    text += ",";
  return text;
}

std::string per_second(double rate, Arrivals arrivals, Arrivals usual) {
  std::string text = rate_number(rate) + "/s";
  if (arrivals != usual) text += arrivals == Arrivals::kPoisson ? " (Poisson)" : " (evenly spaced)";
  return text;
}

std::string publisher_text(const Publish& p) {
  const std::string rate = per_second(p.rate, p.arrivals, Arrivals::kUniform);
  return p.count ? format("{} at {}", how_many(*p.count, "message", "messages"), rate) : format("messages at {}", rate);
}

std::string heard_text(const AudienceLoad& load) {
  if (load.publish.empty()) return "what the service says";
  constexpr std::size_t kMaxShown = 3;
  if (load.publish.size() > kMaxShown) {
    double rate = 0;
    for (const Publish& p : load.publish) rate += p.rate;
    return format("messages of {} at {}/s together", how_many(load.publish.size(), "publisher", "publishers"),
                  rate_number(rate));
  }
  std::string text;
  for (const Publish& p : load.publish)
    text += (text.empty() ? "" : " and ") + publisher_text(p) +
            (load.publish.size() > 1 ? format(" of {}", p.name) : std::string());
  return text;
}

// What the clients do; each verb as one client does it, or several.
class Verbs {
 public:
  explicit Verbs(const AudienceLoad& load)
      : load_(load), is_one_(load.stages.size() == 1 && load.stages.front().clients == 1) {}

  [[nodiscard]] std::string text() const {
    std::vector<std::string> all;
    if (load_.echo)
      all.push_back(echo_text(*load_.echo));
    else if (load_.match)
      all.push_back(format("{} {}", verb("hear"), heard_text(load_)));
    if (load_.recover) all.push_back(drop_text(*load_.recover));
    if (load_.churn) all.push_back(format("{} for {} each", verb("stay"), show_duration(load_.churn->stay)));
    if (all.empty()) all.push_back(verb("stay") + " connected");
    std::string joined;
    for (const auto& one : all) joined += (joined.empty() ? "" : " and ") + one;
    return joined;
  }

 private:
  [[nodiscard]] std::string verb(std::string_view of_several) const {
    return std::string(of_several) + (is_one_ ? "s" : "");
  }

  [[nodiscard]] std::string echo_text(const Echo& echo) const {
    const std::string count = echo.count ? how_many(*echo.count, "message", "messages") : "messages";
    if (echo.rate)
      return format("{} {} at {} and {} answers", verb("send"), count,
                    per_second(*echo.rate, echo.arrivals, Arrivals::kPoisson), verb("await"));
    std::string text = format("{} {} and {} each answer", verb("send"), count, verb("await"));
    if (echo.think > Nanoseconds(0)) text += format(", thinking for {}", show_duration(echo.think));
    return text;
  }

  [[nodiscard]] std::string drop_text(const Recover& recover) const {
    const std::string times = how_many(recover.cycles, "time", "times");
    if (recover.drop == Recover::Drop::kRestart)
      return format("{} dropped by `{}` {}", is_one_ ? "is" : "are",
                    recover.command.empty() ? "" : recover.command.front(), times);
    return format("{} by {} {}{}", verb("drop"), drop_name(recover.drop), times,
                  recover.at_once ? "" : " one after the other");
  }

  const AudienceLoad& load_;
  bool is_one_;
};

}  // namespace

std::string describe_load(const AudienceLoad& load) {
  std::string text = format("{} {}", who(load), Verbs(load).text());
  // Several stages say it themselves, and a number of messages says how long it takes.
  const Nanoseconds duration = load.stages.front().duration;
  if (load.stages.size() == 1 && duration > Nanoseconds(0) && counts_need(load) != duration)
    text += format(" for {}", show_duration(duration));
  if (load.warmup > Nanoseconds(0)) text += format(" after {} of warm-up", show_duration(load.warmup));
  if (load.slow.clients > 0)
    text += format(", beside {} {}", how_many(load.slow.clients, "client that reads", "clients that read"),
                   load.slow.bytes_per_second > 0 ? show_quantity(load.slow.bytes_per_second, Unit::kBytesPerSecond)
                                                  : std::string("nothing"));
  if (load.compression.offered) text += ", compressed";
  return text;
}

}  // namespace loadstone::scenario
