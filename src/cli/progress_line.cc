#include "cli/progress_line.h"

#include <algorithm>

#include "base/format.h"
#include "base/units.h"

namespace loadstone::cli {
namespace {

constexpr Nanoseconds kTerminalEvery = 200ms;
constexpr Nanoseconds kPlainEvery = 10s;

std::uint64_t count(const result::Block& block, const char* name) {
  const auto found = block.counters.find(name);
  return found == block.counters.end() ? 0 : found->second;
}

}  // namespace

void ProgressLine::begin(const std::string& name, const result::PlannedScenario& plan, std::size_t index,
                         std::size_t count_of_all) {
  name_ = name;
  index_ = index;
  count_ = count_of_all;
  planned_seconds_ = plan.planned_seconds;
  measured_ = recent_length_ = Nanoseconds(0);
  requests_ = failures_ = recent_ = 0;
  rate_ = 0;
  all_.reset();
  drawn_ = SteadyClock::read();
  if (console_.err_is_terminal) draw(line());
}

void ProgressLine::add(const result::Block& block) {
  if (!block.measured) return;
  measured_ = std::max(measured_, block.start + block.length);
  requests_ += count(block, "requests");
  failures_ += count(block, "failures");
  if (const auto latency = block.histograms.find("latency"); latency != block.histograms.end())
    all_.add(latency->second);
  recent_length_ += block.length;
  recent_ += count(block, "requests");
  if (recent_length_ >= 1s || (rate_ == 0 && recent_length_ > Nanoseconds(0))) {
    rate_ = static_cast<double>(recent_) / to_seconds(recent_length_);
    recent_length_ = Nanoseconds(0);
    recent_ = 0;
  }
}

void ProgressLine::tick() {
  const Instant now = SteadyClock::read();
  if (now - drawn_ < (console_.err_is_terminal ? kTerminalEvery : kPlainEvery)) return;
  drawn_ = now;
  if (console_.err_is_terminal)
    draw(line());
  else
    console_.err << line() << "\n" << std::flush;
}

std::string ProgressLine::line() const {
  std::string text = count_ > 1 ? format("[{}/{}] {}", index_ + 1, count_, name_) : name_;
  if (planned_seconds_ > 0) {
    const double share = std::clamp(to_seconds(measured_) / planned_seconds_, 0.0, 1.0);
    constexpr int kCells = 12;
    const int full = static_cast<int>(share * kCells);
    text += "  ";
    for (int i = 0; i < kCells; ++i) text += i < full ? "█" : "░";
    text += format(" {:.0f} of {:.0f} s", to_seconds(measured_), planned_seconds_);
  } else {
    text += format("  {:.0f} s", to_seconds(measured_));
  }
  text += format("  {} requests  {}  p50 {}  p99 {}", show_count(requests_), show_quantity(rate_, Unit::kPerSecond),
                 show_quantity(all_.quantile(0.5), Unit::kSeconds), show_quantity(all_.quantile(0.99), Unit::kSeconds));
  if (failures_ > 0) text += format("  {} failed", show_count(failures_));
  return text;
}

void ProgressLine::draw(const std::string& text) {
  // A line longer than the terminal would wrap, and the next draw begin in the middle. Bytes of one character stay
  // together.
  std::string fitted;
  int columns = 0;
  for (std::size_t i = 0; i < text.size() && columns < console_.width - 1; ++columns) {
    std::size_t next = i + 1;
    while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xc0) == 0x80) ++next;
    fitted.append(text, i, next - i);
    i = next;
  }
  console_.err << "\r" << fitted << "\x1b[K" << std::flush;
}

void ProgressLine::end(const result::ScenarioEnd& end) {
  if (console_.err_is_terminal) {
    console_.err << "\r\x1b[K" << std::flush;
    return;
  }
  if (!end.problem.empty())
    console_.err << format("{}: {}\n", name_, end.problem) << std::flush;
  else
    console_.err << line() << "\n" << std::flush;
}

}  // namespace loadstone::cli
