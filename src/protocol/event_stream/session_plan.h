// What does not differ between the clients of a scenario: the request but for the last id, and limits. Immutable;
// shared by all sessions of all threads.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace loadstone::event_stream {

struct SessionPlan {
  std::string request;  // up to where Last-Event-ID goes: all but the empty line
  bool resumes = true;  // who comes back says the id of the last event it has
  std::size_t max_event_bytes = 0;
};

struct SessionPlanParts {
  std::string target;     // origin-form
  std::string authority;  // for the Host field
  std::vector<std::pair<std::string, std::string>> headers;
  bool resumes = true;
  std::size_t max_event_bytes = std::size_t{16} << 20;  // of the data of one event
};

// Fills in Host, User-Agent and Accept where `headers` have none.
[[nodiscard]] SessionPlan make_session_plan(const SessionPlanParts& parts);

}  // namespace loadstone::event_stream
