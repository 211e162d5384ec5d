// A text with places for what differs from one message to the next: {{message.id}} and {{message.header}}.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace loadstone::audience {

class MessageText {
 public:
  MessageText() = default;
  explicit MessageText(std::string_view text);

  // The text of one message. The view is valid until the next call.
  [[nodiscard]] std::string_view fill(std::uint64_t id, std::string_view header);
  [[nodiscard]] bool has_header() const { return has_header_; }
  [[nodiscard]] bool has_id() const { return has_id_; }

 private:
  enum class Hole : std::uint8_t { kNone, kId, kHeader };
  struct Piece {
    std::string text;
    Hole then = Hole::kNone;  // what follows it
  };
  std::vector<Piece> pieces_;
  bool has_id_ = false;
  bool has_header_ = false;
  std::string filled_;
};

}  // namespace loadstone::audience
