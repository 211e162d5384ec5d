#include "protocol/websocket/extension.h"

#include "protocol/http1/field.h"

namespace loadstone::websocket {
namespace {

constexpr const char* kMalformed = "Sec-WebSocket-Extensions is malformed";

// Takes tokens, quoted values and single signs off the front of a field's value (RFC 6455 section 9.1).
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) { skip_blanks(); }

  [[nodiscard]] bool at_end() const { return text_.empty(); }
  [[nodiscard]] bool take(char sign) {
    if (text_.empty() || text_.front() != sign) return false;
    text_.remove_prefix(1);
    skip_blanks();
    return true;
  }
  // Empty when there is none.
  [[nodiscard]] std::string_view token() {
    std::size_t n = 0;
    while (n < text_.size() && http1::is_token_char(text_[n])) ++n;
    return front(n);
  }
  // A token, or one in quotes; empty when there is none.
  [[nodiscard]] std::string_view value() {
    if (text_.empty() || text_.front() != '"') return token();
    text_.remove_prefix(1);
    std::size_t n = 0;
    while (n < text_.size() && http1::is_token_char(text_[n])) ++n;
    if (n == text_.size() || text_[n] != '"') return {};
    const std::string_view quoted = text_.substr(0, n);
    text_.remove_prefix(n + 1);
    skip_blanks();
    return quoted;
  }

 private:
  std::string_view front(std::size_t n) {
    const std::string_view taken = text_.substr(0, n);
    text_.remove_prefix(n);
    skip_blanks();
    return taken;
  }
  void skip_blanks() {
    while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\t')) text_.remove_prefix(1);
  }
  std::string_view text_;
};

// 8 to 15 without leading zeros (RFC 7692 section 7.1.2), or 0.
int window_bits(std::string_view value) {
  if (value == "8" || value == "9") return value.front() - '0';
  if (value.size() == 2 && value[0] == '1' && value[1] >= '0' && value[1] <= '5') return 10 + (value[1] - '0');
  return 0;
}

enum Parameter : unsigned { kServerNoTakeover = 1, kClientNoTakeover = 2, kServerBits = 4, kClientBits = 8 };

unsigned which(std::string_view name) {
  if (name == "server_no_context_takeover") return kServerNoTakeover;
  if (name == "client_no_context_takeover") return kClientNoTakeover;
  if (name == "server_max_window_bits") return kServerBits;
  if (name == "client_max_window_bits") return kClientBits;
  return 0;
}

}  // namespace

std::string offered_extension(const Offer& offer) {
  std::string text = "permessage-deflate; client_max_window_bits";
  if (!offer.client_context_takeover) text += "; client_no_context_takeover";
  if (!offer.server_context_takeover) text += "; server_no_context_takeover";
  return text;
}

ExtensionAnswer::ExtensionAnswer(const Offer& offer) : offer_(offer) {
  terms_.client_context_takeover = offer.client_context_takeover;
}

const char* ExtensionAnswer::parameter(std::string_view name, bool has_value, std::string_view value) {
  const unsigned bit = which(name);
  if (bit == 0) return "a parameter of permessage-deflate that does not exist";
  if ((seen_ & bit) != 0) return "a parameter of permessage-deflate twice";
  seen_ |= bit;
  if (bit == kServerNoTakeover || bit == kClientNoTakeover) {
    if (has_value) return "a parameter of permessage-deflate with a value";
    // A server may do without its context unasked, and may ask the client to (sections 7.1.1.1 and 7.1.1.2).
    (bit == kServerNoTakeover ? terms_.server_context_takeover : terms_.client_context_takeover) = false;
    return nullptr;
  }
  const int bits = window_bits(value);
  if (bits == 0) return "window bits of permessage-deflate that are not 8 to 15";
  (bit == kServerBits ? terms_.server_window_bits : terms_.client_window_bits) = bits;
  return nullptr;
}

const char* ExtensionAnswer::take(std::string_view field_value) {
  Scanner scan(field_value);
  bool any = false;
  for (;;) {
    while (scan.take(',')) continue;  // empty elements (RFC 9110 section 5.6.1.2)
    if (scan.at_end()) return any ? nullptr : kMalformed;
    any = true;
    const std::string_view name = scan.token();
    if (name.empty()) return kMalformed;
    if (!offer_.deflate || name != "permessage-deflate") return "an extension that was not offered";
    if (deflates_) return "permessage-deflate twice";
    deflates_ = true;
    while (scan.take(';')) {
      const std::string_view parameter_name = scan.token();
      if (parameter_name.empty()) return kMalformed;
      const bool has_value = scan.take('=');
      const std::string_view value = has_value ? scan.value() : std::string_view();
      if (has_value && value.empty()) return kMalformed;
      if (const char* problem = parameter(parameter_name, has_value, value)) return problem;
    }
    if (!scan.at_end() && !scan.take(',')) return kMalformed;
  }
}

const char* ExtensionAnswer::end() const {
  // Accepting the offer means to say so (section 7.1.1.1); otherwise something else than what was asked would be
  // measured.
  if (deflates_ && !offer_.server_context_takeover && terms_.server_context_takeover)
    return "server_no_context_takeover was asked for and not granted";
  return nullptr;
}

}  // namespace loadstone::websocket
