// A step that speaks by WebSocket made ready: what differs from one user to the next is filled in when it is its turn.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "journey/script.h"
#include "protocol/websocket/session_plan.h"
#include "scenario/scenario.h"

namespace loadstone::engine {

// The status of the answer that opens a WebSocket.
inline constexpr std::uint16_t kUpgraded = 101;

// Immutable; shared by all shards.
class SpokenStep {
 public:
  SpokenStep(const scenario::Request& request, const journey::Script& script, const scenario::Endpoint& endpoint);

  // Path and query, as they are for a user.
  [[nodiscard]] std::string target(const journey::Values& values) const;
  // How a connection to `target` is opened by a user, who has `cookies`.
  [[nodiscard]] websocket::SessionPlan opening(const journey::Values& values, std::string target,
                                               std::string_view cookies) const;
  // What is said on it.
  [[nodiscard]] std::string message(const journey::Values& values) const;

 private:
  struct Field {
    std::string name;
    journey::Template value;
    bool is_credentials = false;  // "user:password" for basic authentication
  };
  std::string authority_;
  std::vector<std::string> subprotocols_;
  journey::Template target_;
  std::vector<Field> fields_;
  journey::Template message_;
  journey::Escape message_escape_ = journey::Escape::kNone;
};

}  // namespace loadstone::engine
