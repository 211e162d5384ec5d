#include "cli/progress_frame.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/format.h"
#include "base/units.h"
#include "report/layout.h"
#include "report/words.h"

namespace loadstone::cli {
namespace {

using analysis::SoFar;
using analysis::Stage;
using result::Point;

constexpr std::string_view kBold = "1", kDim = "2", kRed = "31", kGreen = "32", kYellow = "33", kMagenta = "35",
                           kCyan = "36";
constexpr double kBusy = 0.8;  // of a core: what the generator's own check calls the limit

// What clients of a scenario wait for, the first of these that it has.
constexpr std::array<std::string_view, 5> kHeadlines = {"latency", "broadcast.latency", "rtt", "recovery.time",
                                                        "connect.time"};

std::string_view color_of(result::Verdict verdict) {
  switch (verdict) {
    case result::Verdict::kPass:
      return kGreen;
    case result::Verdict::kFail:
      return kRed;
    case result::Verdict::kInconclusive:
      return kYellow;
    case result::Verdict::kInvalid:
      return kMagenta;
  }
  return kDim;
}

// Bytes of one character stay together.
std::string first_columns(const std::string& text, std::size_t columns) {
  std::size_t at = 0;
  for (; columns > 0 && at < text.size(); --columns) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
  }
  return text.substr(0, at);
}

// A line under way: knows its columns, so that it can be kept to the width whatever is coloured.
class Line {
 public:
  explicit Line(const FrameStyle& style) : style_(style) {}

  Line& add(std::string_view text, std::string_view color = {}) {
    std::string clean = report::one_line(text);
    if (!style_.unicode) clean = report::to_ascii(clean);
    const auto room = static_cast<std::size_t>(std::max(0, style_.width - columns_));
    if (report::display_width(clean) > room) clean = first_columns(clean, room);
    columns_ += static_cast<int>(report::display_width(clean));
    text_ += style_.color && !color.empty() && !clean.empty() ? format("\x1b[{}m{}\x1b[0m", color, clean) : clean;
    return *this;
  }
  Line& pad_to(int column) {
    return column > columns_ ? add(std::string(static_cast<std::size_t>(column - columns_), ' ')) : *this;
  }
  [[nodiscard]] int room() const { return style_.width - columns_; }
  [[nodiscard]] std::string text() const { return text_; }

 private:
  const FrameStyle& style_;
  std::string text_;
  int columns_ = 0;
};

std::string bar(double share, int cells, const FrameStyle& style) {
  const int full = static_cast<int>(std::clamp(share, 0.0, 1.0) * cells + 1e-9);
  std::string text;
  for (int i = 0; i < cells; ++i) text += style.unicode ? (i < full ? "█" : "░") : (i < full ? "#" : ".");
  return text;
}

// The last values of the series, the largest at full height.
std::string sparkline(const std::vector<Point>& points, const std::string& key, int cells, const FrameStyle& style) {
  constexpr std::array<std::string_view, 8> kBlocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  constexpr std::string_view kLetters = "_.-~=+*#";
  const std::size_t n = std::min(points.size(), static_cast<std::size_t>(std::max(cells, 0)));
  std::vector<double> values;
  for (std::size_t i = points.size() - n; i < points.size(); ++i) {
    const auto found = points[i].values.find(key);
    values.push_back(found == points[i].values.end() ? 0 : found->second);
  }
  const double most = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
  std::string text;
  for (const double value : values) {
    const auto level = most > 0 ? static_cast<std::size_t>(std::lround(value / most * 7)) : 0;
    text += style.unicode ? std::string(kBlocks[level]) : std::string(1, kLetters[level]);
  }
  return text;
}

class Frame {
 public:
  Frame(const SoFar& so_far, const FrameStyle& style) : so_far_(so_far), style_(style) {}

  std::vector<std::string> lines() {
    heading();
    std::vector<std::string> running;
    const std::size_t count = so_far_.run().scenarios.size();
    std::size_t current = count;
    for (std::size_t i = 0; i < count; ++i)
      if (so_far_.stage(i) == Stage::kRunning) current = i;
    if (current < count) {
      std::swap(lines_, running);
      details(current);
      std::swap(lines_, running);
    }
    scenarios(current, running);
    return std::move(lines_);
  }

 private:
  void put(const Line& line) { lines_.push_back(line.text()); }

  void heading() {
    const auto& run = so_far_.run();
    std::size_t over = 0;
    double left = 0;
    bool known = true;
    for (std::size_t i = 0; i < run.scenarios.size(); ++i) {
      if (so_far_.stage(i) == Stage::kOver) {
        ++over;
        continue;
      }
      known = known && run.scenarios[i].planned_seconds > 0;
      left += std::max(0.0, run.scenarios[i].planned_seconds - std::max(0.0, so_far_.seconds(i)));
    }
    Line line(style_);
    line.add(run.suite.empty() ? "loadstone" : run.suite, kBold);
    if (run.scenarios.size() > 1) line.add(format("  {} of {} done", over, run.scenarios.size()), kDim);
    if (known && left >= 1) line.add(format("  about {} left", show_duration(from_seconds(std::round(left)))), kDim);
    put(line);
  }

  // The running one always; then the neighbours it had last and will have next, as many as there is room for.
  void scenarios(std::size_t current, const std::vector<std::string>& running) {
    const std::size_t count = so_far_.run().scenarios.size();
    const auto room =
        static_cast<std::size_t>(std::max(1, style_.height - 1 - static_cast<int>(running.size() + lines_.size())));
    std::size_t from = 0, to = count;
    if (count > room) {
      const std::size_t middle = current < count ? current : count - 1;
      // One line is for what is not shown; a little more of what is over than of what is to come.
      const std::size_t shown = room > 1 ? room - 1 : 1;
      from = middle > shown / 2 ? std::min(middle - shown / 2, count - shown) : 0;
      to = from + shown;
    }
    for (std::size_t i = from; i < to; ++i) {
      scenario(i);
      if (i == current) lines_.insert(lines_.end(), running.begin(), running.end());
    }
    if (from > 0 || to < count) put(Line(style_).add(format("  … {} more", from + count - to), kDim));
  }

  void scenario(std::size_t i) {
    const auto& plan = so_far_.run().scenarios[i];
    Line line(style_);
    const Stage stage = so_far_.stage(i);
    const auto verdict = so_far_.verdict(i);
    if (verdict)
      line.add(report::mark(*verdict), color_of(*verdict));
    else
      line.add(stage == Stage::kRunning ? (style_.unicode ? "▸" : ">") : stage == Stage::kOver ? "·" : " ", kCyan);
    line.add(" ");
    const int column = std::min(static_cast<int>(name_width()) + 2, style_.width * 2 / 5);
    line.add(cut(plan.name, static_cast<std::size_t>(column - 2)), stage == Stage::kRunning   ? kBold
                                                                   : stage == Stage::kWaiting ? kDim
                                                                                              : std::string_view{});
    line.pad_to(column);
    if (stage == Stage::kWaiting) {
      if (plan.planned_seconds > 0) line.add("  ").add(show_duration(from_seconds(plan.planned_seconds)), kDim);
    } else if (stage == Stage::kOver) {
      line.add("  ").add(brief(so_far_.metrics(i)));
    } else {
      line.add("  ").add(position(i, line.room() - 2));
    }
    put(line);
  }

  // A name that would push the numbers out of their column ends in dots.
  static std::string cut(const std::string& name, std::size_t columns) {
    const std::string line = report::one_line(name);
    if (report::display_width(line) <= columns) return line;
    return first_columns(line, columns - 1) + "…";
  }

  [[nodiscard]] std::size_t name_width() const {
    std::size_t widest = 0;
    for (const auto& plan : so_far_.run().scenarios)
      widest = std::max(widest, report::display_width(report::one_line(plan.name)));
    return widest;
  }

  [[nodiscard]] std::string position(std::size_t i, int room) const {
    const double planned = so_far_.run().scenarios[i].planned_seconds;
    const double now = so_far_.seconds(i);
    const auto& points = so_far_.points(i);
    if (!points.empty() && !points.back().measured) return "warm-up";
    if (planned <= 0) return format("{:.0f} s", now);
    return format("{} {:.0f} of {:.0f} s", bar(now / planned, std::clamp(room - 16, 8, 40), style_), now, planned);
  }

  static std::string brief(const std::map<std::string, double>& metrics) {
    std::string text;
    const auto add = [&](std::string_view label, const std::string& name, Unit unit) {
      if (const auto found = metrics.find(name); found != metrics.end())
        text += format("{}{}{}", text.empty() ? "" : "  ", label, show_quantity(found->second, unit));
    };
    add("", "rate", Unit::kPerSecond);
    add("delivered ", "broadcast.delivery_rate", Unit::kRatio);
    add("recovered ", "recovery.success_rate", Unit::kRatio);
    for (const auto family : kHeadlines) {
      if (!metrics.contains(format("{}.p50", family))) continue;
      add("p50 ", format("{}.p50", family), Unit::kSeconds);
      add("p95 ", format("{}.p95", family), Unit::kSeconds);
      add("p99 ", format("{}.p99", family), Unit::kSeconds);
      break;
    }
    if (const auto errors = metrics.find("error_rate"); errors != metrics.end() && errors->second > 0)
      add("errors ", "error_rate", Unit::kRatio);
    return text;
  }

  // A label in a column of its own, then what it names.
  Line labelled(std::string_view label) {
    Line line(style_);
    line.add("    ").add(label, kDim).pad_to(16);
    return line;
  }

  void details(std::size_t i) {
    const auto& points = so_far_.points(i);
    if (points.empty()) return;
    const auto metrics = so_far_.metrics(i);
    const auto& now = points.back().values;
    const auto value = [&](const std::string& key) {
      const auto found = now.find(key);
      return found == now.end() ? std::optional<double>() : std::optional(found->second);
    };
    requests(metrics);
    course(points, now);
    std::string open;
    if (const auto connections = value("connections")) open += format("{:.0f} connections", *connections);
    if (const auto in_flight = value("in_flight"); in_flight && *in_flight > 0)
      open += format("{}{:.0f} in flight", open.empty() ? "" : ", ", *in_flight);
    if (!open.empty()) put(labelled("open").add(open));
    service(points);
    generator(points);
  }

  void requests(const std::map<std::string, double>& metrics) {
    const auto find = [&](const std::string& name) {
      const auto found = metrics.find(name);
      return found == metrics.end() ? 0.0 : found->second;
    };
    if (metrics.contains("requests")) {
      Line line = labelled("requests");
      line.add(show_quantity(find("requests"), Unit::kCount));
      const double failed = find("failures") + find("dropped");
      line.add(failed > 0 ? format(", {} failed", show_quantity(failed, Unit::kCount)) : ", none failed",
               failed > 0 ? kRed : std::string_view{});
      put(line);
    }
    for (const auto& [name, label] :
         {std::pair{"broadcast.delivered", "deliveries"}, {"messages.received", "messages"}})
      if (metrics.contains(name)) put(labelled(label).add(show_quantity(find(name), Unit::kCount)));
    for (const auto family : kHeadlines) {
      if (!metrics.contains(format("{}.p50", family))) continue;
      Line line = labelled(family);
      for (const auto* p : {"p50", "p95", "p99", "max"})
        line.add(format("{} ", p), kDim)
            .add(report::pad_right(show_quantity(find(format("{}.{}", family, p)), Unit::kSeconds), 10));
      put(line);
      break;
    }
  }

  // How throughput and latency went in the last while.
  void course(const std::vector<Point>& points, const std::map<std::string, double>& now) {
    const int cells = std::clamp(style_.width - 30, 10, 100);
    for (const char* key : {"rate", "broadcast.rate"})
      if (const auto found = now.find(key); found != now.end())
        put(labelled("throughput")
                .add(sparkline(points, key, cells, style_), kGreen)
                .add(format("  {}", show_quantity(found->second, Unit::kPerSecond))));
    for (const auto family : kHeadlines) {
      const auto key = format("{}.p95", family);
      const auto found = now.find(key);
      if (found == now.end()) continue;
      put(labelled("p95")
              .add(sparkline(points, key, cells, style_), kCyan)
              .add(format("  {}", show_quantity(found->second, Unit::kSeconds))));
      break;
    }
  }

  // Samples come once a second, blocks may come oftener: the last that is known.
  static std::optional<double> last(const std::vector<Point>& points, const std::string& key) {
    for (auto p = points.rbegin(); p != points.rend() && p - points.rbegin() < 20; ++p)
      if (const auto found = p->values.find(key); found != p->values.end()) return found->second;
    return std::nullopt;
  }

  void service(const std::vector<Point>& points) {
    const auto memory = last(points, "service.memory");
    const auto cpu = last(points, "service.cpu");
    if (!memory && !cpu) return;
    Line line = labelled("service");
    std::string separator;
    if (memory) line.add(show_quantity(*memory, Unit::kBytes)), separator = ", ";
    if (cpu) line.add(format("{}{:.0f} % of a core", separator, *cpu * 100)), separator = ", ";
    if (const auto open = last(points, "service.fds")) line.add(format("{}{:.0f} descriptors", separator, *open));
    put(line);
  }

  void generator(const std::vector<Point>& points) {
    const auto busy = last(points, "generator.cpu");
    const auto lag = last(points, "lag.p99");
    if (!busy && !lag) return;
    Line line = labelled("generator");
    if (busy) line.add(format("{:.0f} % busy", *busy * 100), *busy > kBusy ? kRed : std::string_view{});
    if (lag) line.add(format("{}lag p99 {}", busy ? ", " : "", show_quantity(*lag, Unit::kSeconds)));
    const bool unfit = std::any_of(points.begin(), points.end(), [](const Point& p) {
      return p.measured && (p.values.contains("generator.busy") || p.values.contains("generator.paused"));
    });
    if (unfit) line.add("  it was not fit to judge at times", kYellow);
    put(line);
  }

  const SoFar& so_far_;
  const FrameStyle& style_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> progress_frame(const SoFar& so_far, const FrameStyle& style) {
  return Frame(so_far, style).lines();
}

std::string progress_line(const SoFar& so_far, std::size_t scenario) {
  const auto& run = so_far.run();
  const auto& plan = run.scenarios[scenario];
  std::string text =
      run.scenarios.size() > 1 ? format("[{}/{}] {}", scenario + 1, run.scenarios.size(), plan.name) : plan.name;
  const auto& points = so_far.points(scenario);
  if (!points.empty() && !points.back().measured) return text + "  warm-up";
  const double now = so_far.seconds(scenario);
  text +=
      plan.planned_seconds > 0 ? format("  {:.0f} of {:.0f} s", now, plan.planned_seconds) : format("  {:.0f} s", now);
  const auto metrics = so_far.metrics(scenario);
  const auto add = [&](std::string_view label, const std::string& name, Unit unit) {
    if (const auto found = metrics.find(name); found != metrics.end())
      text += format("  {}{}", label, show_quantity(found->second, unit));
  };
  if (metrics.contains("requests"))
    text += format("  {} requests", show_quantity(metrics.at("requests"), Unit::kCount));
  add("", "rate", Unit::kPerSecond);
  for (const auto family : kHeadlines) {
    if (!metrics.contains(format("{}.p50", family))) continue;
    add("p50 ", format("{}.p50", family), Unit::kSeconds);
    add("p95 ", format("{}.p95", family), Unit::kSeconds);
    add("p99 ", format("{}.p99", family), Unit::kSeconds);
    break;
  }
  if (const auto failed = metrics.find("failures"); failed != metrics.end() && failed->second > 0)
    text += format("  {} failed", show_quantity(failed->second, Unit::kCount));
  return report::one_line(text);
}

}  // namespace loadstone::cli
