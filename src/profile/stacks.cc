#include "profile/stacks.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/ascii.h"
#include "base/format.h"
#include "base/json_writer.h"

namespace loadstone::profile {
namespace {

constexpr std::string_view kRoots[] = {"main",    "_start",       "clone3",         "__clone3",    "clone",
                                       "__clone", "start_thread", "runtime.goexit", "thread_start"};

bool is_root(std::string_view name) {
  return std::find(std::begin(kRoots), std::end(kRoots), name) != std::end(kRoots) || name.starts_with("__libc_start");
}

// A library of the C or C++ runtime whose own symbols are stripped: what begins a thread or a program in it has no
// name.
bool is_runtime_library(std::string_view name) {
  return name.starts_with("[libstdc++") || name.starts_with("[libc++") || name.starts_with("[libc.so") ||
         name.starts_with("[libc-") || name.starts_with("[libpthread") || name.starts_with("[ld-musl") ||
         name.starts_with("[ld-linux");
}

std::string_view next_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

}  // namespace

void Stacks::add(Stack stack, std::uint64_t times) {
  for (std::string& name : stack)
    for (char& c : name) c = c == ';' ? ':' : c == '\n' ? ' ' : c;
  stacks_[std::move(stack)] += times;
  samples_ += times;
}

std::string Stacks::folded() const {
  std::string text;
  for (const auto& [stack, times] : stacks_) text += format("{} {}\n", join(stack, ";"), times);
  return text;
}

std::string Stacks::speedscope(std::string_view name, double seconds_each) const {
  std::map<std::string_view, std::size_t> frames;
  std::vector<std::string_view> names;
  std::string samples, weights;
  JsonWriter sample_json(samples), weight_json(weights);
  sample_json.begin_array();
  weight_json.begin_array();
  double end = 0;
  for (const auto& [stack, times] : stacks_) {
    sample_json.begin_array();
    for (const std::string& frame : stack) {
      const auto [entry, is_new] = frames.try_emplace(frame, names.size());
      if (is_new) names.push_back(frame);
      sample_json.number(entry->second);
    }
    sample_json.end_array();
    const double weight = static_cast<double>(times) * seconds_each;
    weight_json.number(weight);
    end += weight;
  }
  sample_json.end_array();
  weight_json.end_array();
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("$schema", "https://www.speedscope.app/file-format-schema.json");
  json.field("exporter", "loadstone");
  json.field("name", name);
  json.field("activeProfileIndex", 0);
  json.key("shared");
  json.begin_object();
  json.key("frames");
  json.begin_array();
  for (const auto frame : names) {
    json.begin_object();
    json.field("name", frame);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  json.key("profiles");
  json.begin_array();
  json.begin_object();
  json.field("type", "sampled");
  json.field("name", name);
  json.field("unit", "seconds");
  json.field("startValue", 0);
  json.field("endValue", end);
  json.key("samples");
  json.raw(samples);
  json.key("weights");
  json.raw(weights);
  json.end_object();
  json.end_array();
  json.end_object();
  return text + "\n";
}

std::vector<Stacks::Function> Stacks::hottest(std::size_t most) const {
  std::map<std::string_view, Function> functions;
  for (const auto& [stack, times] : stacks_) {
    if (stack.size() < 2) continue;  // the thread's name alone
    const double share = static_cast<double>(times) / static_cast<double>(samples_);
    functions[stack.back()].self += share;
    std::set<std::string_view> seen;  // a function that calls itself counts once
    for (std::size_t i = 1; i < stack.size(); ++i)
      if (seen.insert(stack[i]).second) functions[stack[i]].total += share;
  }
  std::vector<Function> ranked;
  for (auto& [name, f] : functions) ranked.push_back({std::string(name), f.self, f.total});
  std::sort(ranked.begin(), ranked.end(), [](const Function& a, const Function& b) {
    return a.self != b.self ? a.self > b.self : a.total != b.total ? a.total > b.total : a.name < b.name;
  });
  if (ranked.size() > most) ranked.resize(most);
  return ranked;
}

Stacks Stacks::heaviest(std::size_t most_frames) const {
  std::vector<const std::pair<const Stack, std::uint64_t>*> ranked;
  for (const auto& entry : stacks_) ranked.push_back(&entry);
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto* a, const auto* b) { return a->second > b->second; });
  Stacks kept;
  std::size_t frames = 0;
  bool is_full = false;
  for (const auto* entry : ranked) {
    const auto& [stack, times] = *entry;
    is_full = is_full || frames + stack.size() > most_frames;  // all that follow are lighter
    if (!is_full) frames += stack.size();
    kept.add(is_full ? Stack{std::string(kOthers)} : stack, times);
  }
  return kept;
}

double Stacks::rooted() const {
  std::uint64_t rooted = 0;
  for (const auto& [stack, times] : stacks_) {
    // The outermost function may be one level in: what calls main has no name in some C libraries.
    const std::size_t last = std::min<std::size_t>(stack.size(), 4);
    if (stack.size() > 2 && is_runtime_library(stack[1])) {
      rooted += times;
      continue;
    }
    for (std::size_t i = 1; i < last; ++i) {
      if (!is_root(stack[i])) continue;
      rooted += times;
      break;
    }
  }
  return samples_ == 0 ? 0 : static_cast<double>(rooted) / static_cast<double>(samples_);
}

double Stacks::named() const {
  std::uint64_t named = 0;
  for (const auto& [stack, times] : stacks_)
    if (stack.size() > 1 && stack.back().find(kUnknown) == std::string::npos) named += times;
  return samples_ == 0 ? 0 : static_cast<double>(named) / static_cast<double>(samples_);
}

std::string short_name(std::string_view name) {
  // An operator may be called "<" or "()": those stay as they are, from the word on.
  const auto end = std::min(name.find("operator"), name.size());
  std::string text;
  int depth = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    constexpr std::string_view kAnonymous = "(anonymous namespace)";
    if (depth == 0 && name.substr(i).starts_with(kAnonymous)) {
      i += kAnonymous.size() + 1;  // and its "::"
      continue;
    }
    if (i < end && (c == '<' || c == '(' || c == '{')) ++depth;
    if (depth == 0) text += c;
    if (i < end && depth > 0 && (c == '>' || c == ')' || c == '}')) --depth;
  }
  if (text.ends_with(" const")) text.resize(text.size() - 6);
  const auto before = text.find(' ');  // what a template returns stands before its name
  if (before != std::string::npos && text.find("::", before) != std::string::npos &&
      text.find("operator") == std::string::npos)
    text.erase(0, before + 1);
  return text.empty() ? std::string(name) : text;
}

Stacks parse_folded(std::string_view text) {
  Stacks stacks;
  while (!text.empty()) {
    const auto line = next_line(text);
    const auto blank = line.rfind(' ');
    if (blank == std::string_view::npos) continue;
    std::uint64_t times = 0;
    const auto number = line.substr(blank + 1);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), times);
    if (error != std::errc() || end != number.data() + number.size()) continue;
    Stack stack;
    std::string_view rest = line.substr(0, blank);
    for (;;) {
      const auto at = rest.find(';');
      stack.emplace_back(rest.substr(0, at));
      if (at == std::string_view::npos) break;
      rest.remove_prefix(at + 1);
    }
    stacks.add(std::move(stack), times);
  }
  return stacks;
}

Stacks parse_perf_script(std::string_view text) {
  Stacks stacks;
  Stack inside_out;
  std::string thread;
  const auto finish = [&] {
    if (thread.empty()) return;
    Stack stack{thread};
    stack.insert(stack.end(), inside_out.rbegin(), inside_out.rend());
    stacks.add(std::move(stack));
    thread.clear();
    inside_out.clear();
  };
  while (!text.empty()) {
    const auto line = next_line(text);
    if (trim(line).empty()) {
      finish();
      continue;
    }
    if (line.front() != ' ' && line.front() != '\t') {
      finish();
      // "name with blanks 4711 1234.567890: 10101010 cpu-clock:": the name ends before the first number with a ':' or
      // a time after it.
      std::string_view rest = line;
      std::size_t end = rest.size();
      for (std::size_t at = rest.find(' '); at != std::string_view::npos; at = rest.find(' ', at + 1)) {
        const auto next = rest.find_first_not_of(' ', at);
        if (next == std::string_view::npos) break;
        const auto stop = std::min(rest.find(' ', next), rest.size());
        const auto word = rest.substr(next, stop - next);
        if (std::all_of(word.begin(), word.end(), [](char c) { return (c >= '0' && c <= '9') || c == '/'; })) {
          end = at;
          break;
        }
      }
      thread = std::string(trim(rest.substr(0, end)));
      continue;
    }
    // "  ffffffff81 name+0x12 (/path/to/file)".
    std::string_view frame = trim(line);
    const auto blank = frame.find(' ');
    if (blank == std::string_view::npos) continue;
    frame = trim(frame.substr(blank));
    const auto file = frame.rfind(" (");
    std::string name(trim(frame.substr(0, file)));
    if (const auto offset = name.rfind("+0x"); offset != std::string::npos) name.resize(offset);
    inside_out.push_back(name.empty() ? std::string(kUnknown) : name);
  }
  finish();
  return stacks;
}

}  // namespace loadstone::profile
