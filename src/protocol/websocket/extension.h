// The negotiation of permessage-deflate (RFC 7692 section 7.1), the only extension that is offered.
#pragma once

#include <string>
#include <string_view>

#include "protocol/websocket/deflation.h"
#include "protocol/websocket/session_plan.h"

namespace loadstone::websocket {

// The value of Sec-WebSocket-Extensions for an offer with deflate.
[[nodiscard]] std::string offered_extension(const Offer& offer);

// Reads the fields of the answer, of which there may be several (RFC 6455 section 9.1).
class ExtensionAnswer {
 public:
  explicit ExtensionAnswer(const Offer& offer);

  // A phrase for what is wrong with a field's value, or null.
  [[nodiscard]] const char* take(std::string_view value);
  // After the last field: likewise for what is missing.
  [[nodiscard]] const char* end() const;

  [[nodiscard]] bool deflates() const { return deflates_; }
  [[nodiscard]] const DeflateTerms& terms() const { return terms_; }

 private:
  const char* parameter(std::string_view name, bool has_value, std::string_view value);

  Offer offer_;
  bool deflates_ = false;
  unsigned seen_ = 0;  // which parameters, one bit each
  DeflateTerms terms_;
};

}  // namespace loadstone::websocket
