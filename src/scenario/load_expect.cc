#include "scenario/expectation.h"
#include "scenario/load_parts.h"

namespace loadstone::scenario {

std::vector<metric::Target> read_expect(const config::Node& node, const Scenario& scenario,
                                        config::Diagnostics& problems) {
  constexpr std::string_view kExample = "expect: a list of targets such as latency.p95 < 50ms";
  std::vector<metric::Target> targets;
  const auto read = [&](const config::Node& item) {
    const auto text = scalar(item, kExample, problems);
    if (!text) return;
    auto target = parse_expectation(*text, scenario);
    if (target)
      targets.push_back(std::move(*target));
    else
      problems.error(item.part(target.error().offset, target.error().length), target.error().message);
  };
  if (node.kind == config::Kind::kSequence)
    for (const config::Node& item : node.items) read(item);
  else
    read(node);
  return targets;
}

}  // namespace loadstone::scenario
