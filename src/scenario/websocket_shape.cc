#include "scenario/websocket_shape.h"

#include <algorithm>

#include "scenario/values.h"
#include "scenario/wording.h"

namespace loadstone::scenario {
namespace {

bool holds(std::string_view text, std::string_view placeholder) {
  return text.find(placeholder) != std::string_view::npos;
}

double seconds_for(std::uint64_t count, double rate) { return static_cast<double>(count) / rate; }

int fewest_clients(const ClientsShape& shape) {
  int fewest = shape.clients.value_or(kDefaultClients);
  if (!shape.stages.empty())
    fewest = std::min_element(shape.stages.begin(), shape.stages.end(), [](const auto& a, const auto& b) {
               return a.clients < b.clients;
             })->clients;
  return fewest;
}

int most_clients(const ClientsShape& shape) {
  int most = shape.stages.empty() ? shape.clients.value_or(kDefaultClients) : 0;
  for (const auto& s : shape.stages) most = std::max(most, s.clients);
  return most;
}

// How long the scenario is asked to last.
std::optional<Nanoseconds> asked_duration(const ClientsShape& shape) {
  if (shape.stages.empty()) return shape.duration;
  Nanoseconds sum{0};
  for (const auto& s : shape.stages) sum += s.duration;
  return sum;
}

// The match that nobody had to ask for.
std::optional<Match> default_match(const AudienceLoad& load) {
  const bool has_header =
      load.echo ? holds(load.echo->text, kMessageHeader)
                : !load.publish.empty() && std::all_of(load.publish.begin(), load.publish.end(),
                                                       [](const Publish& p) { return says(p, kMessageHeader); });
  if (has_header) return Match{};
  return std::nullopt;
}

class Contradictions {
 public:
  Contradictions(const ClientsShape& shape, const AudienceLoad& load, const WebSocketNames& names)
      : shape_(shape), load_(load), n_(names) {}

  std::vector<Contradiction> find() {
    check_clients();
    check_kinds();
    check_counts();
    check_match();
    check_publishers();
    check_filters();
    return std::move(found_);
  }

 private:
  void add(std::string_view name, std::string message) { found_.push_back({name, std::move(message)}); }
  void exclude(std::string_view name, std::string_view other, std::string_view reason) {
    add(name, format("{} and {} exclude each other: {}", name, other, reason));
  }

  void check_clients() {
    if (shape_.stagger && shape_.connect_rate)
      exclude(n_.connect_rate, n_.stagger, "both say how far apart connections begin");
    if (!shape_.stages.empty()) {
      if (shape_.clients) exclude(n_.clients, n_.stages, "each stage has its own");
      if (shape_.duration) exclude(n_.duration, n_.stages, "each stage has its own");
    }
    if (shape_.warmup && *shape_.warmup > Nanoseconds(0) && !load_.echo && load_.publish.empty())
      add(n_.warmup, format("{} needs an {} or a {}: without messages there is nothing to warm up", n_.warmup, n_.echo,
                            n_.publish));
  }

  void check_kinds() {
    if (load_.event_stream)
      for (const Publish& p : load_.publish)
        if (std::holds_alternative<PublishMessage>(p.by))
          add(n_.publish, "the clients of an event stream only listen: publish by a request or a file");
    constexpr std::string_view kLostAnswers =
        "an answer lost with a dropped connection could not be told from one that the service never gave";
    if (load_.echo && !load_.publish.empty())
      exclude(n_.publish, n_.echo,
              "one asks who heard what everybody must hear, the other how long an answer takes; make it two scenarios");
    if (load_.echo && load_.recover) exclude(n_.echo, n_.recover, kLostAnswers);
    if (load_.echo && load_.churn) exclude(n_.echo, n_.churn, kLostAnswers);
    if (load_.recover && load_.churn)
      exclude(n_.churn, n_.recover, "clients that leave for good do not come back to be measured");
    if (load_.recover && shape_.duration)
      exclude(n_.duration, n_.recover, "the scenario lasts as long as its cycles need");
    if (load_.recover && !shape_.stages.empty())
      exclude(n_.stages, n_.recover, "the scenario lasts as long as its cycles need");
  }

  void check_count(std::string_view name, std::string_view count_name, std::uint64_t count, double rate) {
    const double seconds = seconds_for(count, rate);
    const std::string what =
        format("{}: {} at {}/s", count_name, how_many(count, "message", "messages"), rate_number(rate));
    if (seconds > to_seconds(kMaxDuration)) {
      add(name, what + " last longer than a year");
    } else if (const auto duration = asked_duration(shape_); duration && to_seconds(*duration) * (1 + 1e-9) < seconds) {
      add(name, format("{} last for {}, longer than the {} of {}", what, show_duration(from_seconds(seconds)),
                       shape_.stages.empty() ? n_.duration : n_.stages, show_duration(*duration)));
    }
  }

  void check_counts() {
    if (load_.echo && load_.echo->count && load_.echo->rate)
      check_count(n_.echo, n_.echo_count, *load_.echo->count, *load_.echo->rate);
    for (const Publish& p : load_.publish)
      if (p.count) check_count(n_.publish, n_.publish_count, *p.count, p.rate);
  }

  void check_match() {
    const Match* match = load_.match ? &*load_.match : nullptr;
    if (match != nullptr && !match->time.empty() && (load_.echo || !load_.publish.empty()))
      add(n_.match, format("{}: a time is for messages that the service makes by itself; what loadstone sends is timed "
                           "from when it was due",
                           n_.match));
    if (match != nullptr && match->identical && load_.echo)
      add(n_.match, format("{}: identical is for broadcasts; every answer to an {} is another", n_.match, n_.echo));
    if (load_.echo)
      check_echo_match(match);
    else if (!load_.publish.empty())
      check_publish_match(match);
    else if (match != nullptr && match->how == Match::How::kHeader)
      add(n_.match, format("{}: the header is loadstone's own; of messages that the service makes by itself the id is "
                           "found by a JSON pointer or a pattern",
                           n_.match));
  }

  void check_echo_match(const Match* match) {
    if (match == nullptr) return;
    const std::string_view needed = match->how == Match::How::kHeader ? kMessageHeader : kMessageId;
    if (!holds(load_.echo->text, needed))
      add(n_.match, format("{}: what is sent holds no {}, by which its answer could be told", n_.match, needed));
  }

  void check_publish_match(const Match* match) {
    if (match == nullptr) {
      if (!default_match(load_))
        add(n_.publish,
            format("how is a received message told from the others? put {} into what is published, or {} and "
                   "say with {} where it will stand",
                   kMessageHeader, kMessageId, n_.match));
      return;
    }
    const std::string_view needed = match->how == Match::How::kHeader ? kMessageHeader : kMessageId;
    for (const Publish& p : load_.publish)
      if (!says(p, needed))
        add(n_.publish, load_.publish.size() == 1
                            ? format("what is published holds no {}, which {} looks for", needed, n_.match)
                            : format("what {} publishes holds no {}, which {} looks for", p.name, needed, n_.match));
  }

  void check_publishers() {
    for (const Publish& p : load_.publish)
      if (std::holds_alternative<PublishMessage>(p.by) && p.publishers > fewest_clients(shape_))
        add(n_.publish,
            format("{} clients cannot take turns to publish: there are {}", p.publishers, fewest_clients(shape_)));
  }

  void check_filters() {
    if (load_.filters.empty()) return;
    if (load_.publish.empty()) {
      add(n_.filters,
          format("{} need a {}: it is published messages that a client hears or not", n_.filters, n_.publish));
      return;
    }
    std::int64_t sum = 0;
    for (const Filter& f : load_.filters) sum += f.clients;
    if (sum > most_clients(shape_))
      add(n_.filters,
          format("{} for {} clients, but there are {}", n_.filters, show_count(static_cast<std::uint64_t>(sum)),
                 show_count(static_cast<std::uint64_t>(most_clients(shape_)))));
  }

  const ClientsShape& shape_;
  const AudienceLoad& load_;
  const WebSocketNames& n_;
  std::vector<Contradiction> found_;
};

}  // namespace

std::vector<Contradiction> contradictions(const ClientsShape& shape, const AudienceLoad& load,
                                          const WebSocketNames& names) {
  return Contradictions(shape, load, names).find();
}

bool says(const Publish& publish, std::string_view placeholder) {
  if (const auto* message = std::get_if<PublishMessage>(&publish.by)) return holds(message->text, placeholder);
  if (const auto* file = std::get_if<PublishFile>(&publish.by))
    return holds(file->path, placeholder) || holds(file->content, placeholder);
  const Request& request = std::get<PublishRequest>(publish.by).request;
  return holds(request.target, placeholder) || holds(request.body, placeholder) ||
         std::any_of(request.headers.begin(), request.headers.end(),
                     [&](const Header& h) { return holds(h.value, placeholder); });
}

bool ends_by_counts(const AudienceLoad& load) {
  if (load.recover) return false;
  if (load.echo) return load.echo->count.has_value();
  return !load.publish.empty() &&
         std::all_of(load.publish.begin(), load.publish.end(), [](const Publish& p) { return p.count.has_value(); });
}

std::optional<Nanoseconds> counts_need(const AudienceLoad& load) {
  if (!ends_by_counts(load)) return std::nullopt;
  double longest = 0;
  // By chance a given number of messages may take longer than on the average.
  if (load.echo) {
    if (!load.echo->rate || load.echo->arrivals != Arrivals::kUniform) return std::nullopt;
    longest = seconds_for(*load.echo->count, *load.echo->rate);
  }
  for (const Publish& p : load.publish) {
    if (p.arrivals != Arrivals::kUniform) return std::nullopt;
    longest = std::max(longest, seconds_for(*p.count, p.rate));
  }
  return from_seconds(longest);
}

void apply(const ClientsShape& shape, AudienceLoad& load) {
  load.stages = shape.stages;
  if (load.stages.empty()) {
    AudienceLoad::Stage stage{shape.clients.value_or(kDefaultClients), kDefaultDuration};
    if (shape.duration)
      stage.duration = *shape.duration;
    else if (load.recover)
      stage.duration = Nanoseconds(0);
    else if (ends_by_counts(load))
      stage.duration = counts_need(load).value_or(Nanoseconds(0));
    load.stages.push_back(stage);
  }
  load.stagger = shape.stagger.value_or(Nanoseconds(0));
  load.connect_rate = shape.connect_rate;
  load.warmup = shape.warmup.value_or(Nanoseconds(0));
  if (!load.match) load.match = default_match(load);
}

std::optional<Nanoseconds> planned_duration(const AudienceLoad& load) {
  Nanoseconds sum{0};
  for (const auto& s : load.stages) sum += s.duration;
  if (sum == Nanoseconds(0)) return std::nullopt;
  return sum;
}

}  // namespace loadstone::scenario
