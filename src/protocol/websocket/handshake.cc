#include "protocol/websocket/handshake.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "base/check.h"
#include "protocol/http1/field.h"

namespace loadstone::websocket {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

std::string base64(std::span<const unsigned char> bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock ends in a zero
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

// What the fields say, as they come.
class Fields {
 public:
  explicit Fields(const SessionPlan& plan) : plan_(plan), extensions_(plan.offer) {}

  const char* take(std::string_view name, std::string_view value) {
    if (name.empty()) return "a folded field line in the handshake";
    if (equals_ignoring_case(name, "upgrade")) {
      if (upgrades_ || !equals_ignoring_case(value, "websocket")) return "Upgrade is not websocket";
      upgrades_ = true;
    } else if (equals_ignoring_case(name, "connection")) {
      http1::each_element(value, [&](std::string_view option) {
        if (equals_ignoring_case(option, "upgrade")) connection_upgrades_ = true;
      });
    } else if (equals_ignoring_case(name, "sec-websocket-accept")) {
      if (accept_) return "Sec-WebSocket-Accept twice";
      accept_ = value;
    } else if (equals_ignoring_case(name, "sec-websocket-protocol")) {
      return take_subprotocol(value);
    } else if (equals_ignoring_case(name, "sec-websocket-extensions")) {
      return extensions_.take(value);
    }
    return nullptr;
  }

  [[nodiscard]] const char* end(std::string_view key) const {
    if (!upgrades_) return "Upgrade is missing";
    if (!connection_upgrades_) return "Connection does not say Upgrade";
    if (!accept_) return "Sec-WebSocket-Accept is missing";
    if (*accept_ != accept_of(key)) return "Sec-WebSocket-Accept does not fit the key";
    return extensions_.end();
  }

  [[nodiscard]] std::uint8_t subprotocol() const { return subprotocol_; }
  [[nodiscard]] const ExtensionAnswer& extensions() const { return extensions_; }

 private:
  const char* take_subprotocol(std::string_view value) {
    if (subprotocol_ != 0) return "Sec-WebSocket-Protocol twice";
    const auto& offered = plan_.subprotocols;
    const auto found = std::find(offered.begin(), offered.end(), value);
    if (found == offered.end()) return "a subprotocol that was not offered";
    subprotocol_ = static_cast<std::uint8_t>(found - offered.begin() + 1);
    return nullptr;
  }

  const SessionPlan& plan_;
  bool upgrades_ = false;
  bool connection_upgrades_ = false;
  std::uint8_t subprotocol_ = 0;
  std::optional<std::string_view> accept_;
  ExtensionAnswer extensions_;
};

}  // namespace

std::string make_key(Randomness& randomness) {
  std::array<unsigned char, 16> nonce;
  randomness.fill(nonce);
  return base64(nonce);
}

std::string accept_of(std::string_view key) {
  std::string text(key);
  text += kGuid;
  std::array<unsigned char, 20> digest;
  CHECK(EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr) == 1);
  return base64(digest);
}

HandshakeAnswer read_handshake_answer(std::string_view head, const SessionPlan& plan, std::string_view key) {
  HandshakeAnswer answer;
  if (head.starts_with("HTTP/1.0")) {
    answer.problem = "HTTP/1.0 cannot switch protocols";
    return answer;
  }
  Fields fields(plan);
  http1::each_field(head, [&](std::string_view name, std::string_view value) {
    if (answer.problem == nullptr) answer.problem = fields.take(name, value);
  });
  if (answer.problem == nullptr) answer.problem = fields.end(key);
  answer.subprotocol = fields.subprotocol();
  answer.deflates = fields.extensions().deflates();
  answer.terms = fields.extensions().terms();
  return answer;
}

}  // namespace loadstone::websocket
