#include "cli/progress.h"

#include "base/format.h"
#include "cli/progress_frame.h"
#include "cli/text_style.h"

namespace loadstone::cli {
namespace {

constexpr Nanoseconds kTerminalEvery = 200ms;
constexpr Nanoseconds kPlainEvery = 10s;

bool can_draw(const Console& console) {
  const auto terminal = console.environment ? console.environment("TERM") : std::nullopt;
  return console.err_is_terminal && terminal.value_or("xterm") != "dumb";
}

}  // namespace

Progress::Progress(Console& console, const analysis::SoFar& so_far)
    : console_(console), so_far_(so_far), is_drawn_(can_draw(console)) {}

void Progress::begin(std::size_t scenario) {
  scenario_ = scenario;
  drawn_ = SteadyClock::read();
  if (is_drawn_) draw();
}

void Progress::tick() {
  const Instant now = SteadyClock::read();
  if (now - drawn_ < (is_drawn_ ? kTerminalEvery : kPlainEvery)) return;
  drawn_ = now;
  if (is_drawn_)
    draw();
  else
    console_.err << progress_line(so_far_, scenario_) << "\n" << std::flush;
}

void Progress::draw() {
  const WindowSize window = console_.window ? console_.window() : WindowSize{console_.width, console_.height};
  const bool color = !(console_.environment && console_.environment("NO_COLOR"));
  const auto lines = progress_frame(
      so_far_,
      {.width = window.width, .height = window.height, .color = color, .unicode = text_style(console_).unicode});
  // In one piece, so that it does not flicker; without wrapping, so that a name of wide letters does not take two
  // lines.
  std::string text = "\x1b[?7l\r";
  if (lines_ > 1) text += format("\x1b[{}A", lines_ - 1);
  for (std::size_t i = 0; i < lines.size(); ++i) text += format("{}{}\x1b[K", i > 0 ? "\n" : "", lines[i]);
  text += "\x1b[J\x1b[?7h";
  lines_ = lines.size();
  console_.err << text << std::flush;
}

void Progress::end(const result::ScenarioEnd& end) {
  if (is_drawn_) return draw();
  if (!end.problem.empty())
    console_.err << format("{}: {}\n", so_far_.run().scenarios[end.scenario].name, end.problem) << std::flush;
  else
    console_.err << progress_line(so_far_, end.scenario) << "\n" << std::flush;
}

void Progress::say(std::string_view line) {
  finish();
  console_.err << line << "\n" << std::flush;
  if (is_drawn_) draw();
}

void Progress::finish() {
  if (lines_ == 0) return;
  console_.err << "\r" << (lines_ > 1 ? format("\x1b[{}A", lines_ - 1) : "") << "\x1b[J" << std::flush;
  lines_ = 0;
}

}  // namespace loadstone::cli
