// What the tests of the simulator share.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "serve/client_for_test.h"
#include "simulate/json.h"
#include "simulate/simulator.h"

namespace loadstone::simulate {

inline std::unique_ptr<Simulator> must_start(Options options) {
  auto simulator = Simulator::start(std::move(options));
  if (!simulator) {
    ADD_FAILURE() << simulator.error().message;
    std::abort();
  }
  return std::move(*simulator);
}

inline Options with_rules(const std::vector<std::string>& rules) {
  Options o;
  for (const auto& text : rules) {
    const auto rule = parse_rule(text);
    if (!rule) ADD_FAILURE() << rule.error().message;
    o.rules.push_back(*rule);
  }
  return o;
}

// The text of a value inside nested objects; empty when there is none.
inline std::string field(std::string json, const std::vector<std::string>& path) {
  for (const auto& name : path) {
    const auto members = json_members(json);
    if (!members) return {};
    std::string next;
    for (const auto& m : *members)
      if (m.name == name) next = m.value;
    json = next;
  }
  return json;
}
inline std::int64_t number(const std::string& json, const std::vector<std::string>& path) {
  const std::string text = field(json, path);
  EXPECT_FALSE(text.empty()) << json << " " << path.back();
  return text.empty() ? -1 : std::stoll(text);
}

// One event by its id in data.message_id; the status of the answer.
inline serve::TestClient::Reply publish_event(std::uint16_t port, const std::string& id,
                                              const std::string& type = "load_test") {
  const std::string body = R"({"event_type":")" + type + R"(","data":{"message_id":)" + id + "}}";
  serve::TestClient c(port);
  c.send("POST /api/graph/events HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body);
  return c.reply();
}

}  // namespace loadstone::simulate
