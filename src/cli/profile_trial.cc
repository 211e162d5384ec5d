#include "cli/profile_trial.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <thread>

#include "base/format.h"
#include "base/units.h"
#include "cli/interrupt.h"
#include "profile/capture.h"
#include "scenario/values.h"

namespace loadstone::cli {
namespace {

constexpr Nanoseconds kLongest = 10s;
constexpr Nanoseconds kShortest = 500ms;
constexpr std::size_t kNamed = 8;                                    // functions in the note
constexpr std::size_t kMostFrames = result::kMostProfileFrames - 1;  // and one for all other stacks

Nanoseconds length_for(const scenario::Scenario& scenario) {
  const auto planned = scenario::planned_duration(scenario);
  return planned ? std::clamp(*planned, kShortest, kLongest) : kLongest;
}

std::string hottest(const profile::Profile& profile) {
  std::string text;
  for (const auto& f : profile.cpu.hottest(kNamed))
    text +=
        format("{}{} {}", text.empty() ? "" : ", ", profile::short_name(f.name), show_quantity(f.self, Unit::kRatio));
  return text;
}

// Bytes of a name beyond the bound are left out, whole characters at a time.
std::string cut(std::string name) {
  if (name.size() <= result::kLongestFrameName) return name;
  std::size_t end = result::kLongestFrameName;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0U) == 0x80U) --end;
  return name.substr(0, end) + "…";
}

result::StackProfile kept_of(const profile::Profile& profile) {
  result::StackProfile kept;
  kept.method = profile.method;
  std::map<std::string, std::uint32_t> numbers;
  const profile::Stacks heaviest = profile.cpu.heaviest(kMostFrames);
  for (const auto& [stack, times] : heaviest.all()) {
    auto& sampled = kept.stacks.emplace_back();
    for (const std::string& name : stack) {
      const auto [at, is_new] = numbers.try_emplace(cut(name), static_cast<std::uint32_t>(kept.frames.size()));
      if (is_new) kept.frames.push_back(at->first);
      sampled.stack.push_back(at->second);
    }
    sampled.seconds = static_cast<double>(times) * profile.seconds_each;
  }
  return kept;
}

}  // namespace

ProfileTrial run_profile_trial(const scenario::Scenario& scenario, const engine::RunOptions& options,
                               const TrialPlace& place) {
  if (place.service == 0) return {{}, {"The service is not profiled: it is not watched."}};
  std::atomic<bool> began{false}, captured{false}, ended{false};
  std::optional<Result<profile::Profile>> taken;
  std::thread capturing([&] {
    while (!began && !ended) std::this_thread::sleep_for(20ms);
    profile::Order order;
    order.pid = place.service;
    order.length = length_for(scenario);
    order.give_up = [&] { return ended || Interrupt::signal() != 0; };
    taken = profile::capture(order);
    captured = true;
  });
  engine::Observer observer;
  observer.block = [&](result::Block&&) {
    began = true;
    return true;
  };
  observer.should_stop = [&] { return captured || Interrupt::signal() != 0; };
  const auto end = engine::run_scenario(scenario, place.index, options, observer);
  ended = true;
  capturing.join();
  if (!end.problem.empty()) return {{}, {format("The service is not profiled: {}.", end.problem)}};
  if (!*taken) return {{}, {format("The service is not profiled: {}.", taken->error().message)}};
  const profile::Profile& profile = **taken;
  ProfileTrial trial;
  if (profile.cpu.samples() > 0) trial.profile = kept_of(profile);
  auto& notes = trial.notes;
  notes.push_back(format("Profile of the service under the same load, after the measured time, {} samples by {}: {}.",
                         show_count(profile.cpu.samples()), profile.method, hottest(profile)));
  for (const auto& warning : profile.warnings) notes.push_back(format("Of the profile: {}.", warning));
  if (place.folder.empty()) return trial;
  const std::string name = scenario::safe_file_name(scenario.name) + ".profile";
  if (const auto status = profile::write_profile(profile, place.folder, name); !status)
    notes.push_back(format("The profile could not be written: {}.", status.error().message));
  else
    notes.push_back(
        format("Flame graph: in report.html; {}.speedscope.json opens in https://www.speedscope.app.", name));
  return trial;
}

}  // namespace loadstone::cli
