// Journeys for simulated runs, from suites as text, and what servers answer.
#pragma once

#include <string>

#include "scenario/load.h"
#include "tests/sim/recording_server.h"

namespace loadstone {

// The plan of an `http:` mapping in flow style.
inline engine::Plan plan_of_journeys(const std::string& http) {
  const auto loaded = scenario::load_suite_text(
      "suite.yaml", "target: http://sim:80\nscenarios: [{name: one, http: {" + http + "}}]\n", {});
  EXPECT_EQ(loaded.problems, "");
  const scenario::Scenario& scenario = loaded.suite->scenarios[0];
  const auto& load = std::get<scenario::HttpLoad>(scenario.kind);
  engine::Plan plan = plan_of(users(1, 1s), 1s);
  plan.steps.clear();
  engine::add_journeys(scenario, load, plan);
  plan.groups[0].steps = {0};
  plan.groups[0].load = load.load;
  plan.duration = scenario::planned_duration(load);
  plan.request_count = load.request_count;
  plan.keep_alive = load.keep_alive;
  return plan;
}

inline std::string ok(const std::string& body, const std::string& fields = "", const std::string& status = "200 OK") {
  return "HTTP/1.1 " + status + "\r\n" + fields + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace loadstone
