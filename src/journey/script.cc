#include "journey/script.h"

#include <algorithm>

namespace loadstone::journey {

bool Step::needs_body() const {
  return std::any_of(checks.begin(), checks.end(), [](const Expectation& e) { return e.what.needs_body(); }) ||
         std::any_of(extractions.begin(), extractions.end(), [](const Extraction& e) { return e.from.needs_body(); });
}

bool Step::needs_fields() const {
  return std::any_of(checks.begin(), checks.end(), [](const Expectation& e) { return e.what.needs_fields(); }) ||
         std::any_of(extractions.begin(), extractions.end(), [](const Extraction& e) { return e.from.needs_fields(); });
}

bool Script::speaks() const {
  return std::any_of(journeys.begin(), journeys.end(), [](const Journey& j) {
    return std::any_of(j.steps.begin(), j.steps.end(), [](const Step& s) { return s.speech.has_value(); });
  });
}

bool Script::requests() const {
  return std::any_of(journeys.begin(), journeys.end(), [](const Journey& j) {
    return std::any_of(j.steps.begin(), j.steps.end(), [](const Step& s) { return !s.speech; });
  });
}

// Steps with a condition may be left out.
bool Script::may_begin_by_speaking() const {
  return std::any_of(journeys.begin(), journeys.end(), [](const Journey& j) {
    for (const Step& s : j.steps) {
      if (s.speech) return true;
      if (!s.condition) return false;
    }
    return false;
  });
}

std::uint32_t Script::pick(double u) const {
  double total = 0;
  for (const Journey& j : journeys) total += j.weight;
  double left = u * total;
  for (std::uint32_t i = 0; i + 1 < journeys.size(); ++i) {
    left -= journeys[i].weight;
    if (left < 0) return i;
  }
  return static_cast<std::uint32_t>(journeys.size()) - 1;
}

}  // namespace loadstone::journey
