// The request of a journey's step made ready: its bytes encoded once, with a hole wherever users differ.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "journey/script.h"
#include "protocol/request.h"
#include "scenario/scenario.h"

namespace loadstone::engine {

// Immutable; shared by all shards.
class ScriptedRequest {
 public:
  ScriptedRequest(const scenario::Request& request, const journey::Script& script, const journey::Step& step,
                  const scenario::Endpoint& endpoint, bool keep_alive,
                  scenario::HttpVersion version = scenario::HttpVersion::k1_1);

  // What a user's next request is like.
  enum class Form : std::uint8_t {
    kAsWritten,
    kElsewhere,  // the same request to where an answer has sent the user
    kGet,        // a GET there, without a body
  };
  [[nodiscard]] const protocol::PreparedRequest& prepared(Form form, bool with_cookies) const {
    return prepared_[static_cast<std::size_t>(form) * 2 + (with_cookies ? 1 : 0)];
  }
  // The texts for the holes of any form. `target` is where an answer has sent the user, `cookies` what the user has.
  void fill(std::vector<std::string>& texts, const journey::Values& values, std::string_view target,
            std::string_view cookies) const;
  // Path and query, as they are for a user.
  [[nodiscard]] std::string target(const journey::Values& values) const;
  [[nodiscard]] const std::string& method() const { return method_; }

 private:
  struct Blank {
    journey::Template text;
    journey::Escape escape = journey::Escape::kNone;
    bool is_base64 = false;  // of the whole, for basic authentication
  };
  class Writer;

  std::string method_;
  journey::Template target_;
  std::vector<Blank> blanks_;  // texts 2 and up; 0 is the target elsewhere, 1 the cookies
  std::vector<protocol::PreparedRequest> prepared_;
};

}  // namespace loadstone::engine
