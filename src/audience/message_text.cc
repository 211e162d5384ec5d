#include "audience/message_text.h"

#include <charconv>

namespace loadstone::audience {

MessageText::MessageText(std::string_view text) {
  constexpr std::string_view kId = "{{message.id}}";
  constexpr std::string_view kHeader = "{{message.header}}";
  while (true) {
    const std::size_t id = text.find(kId);
    const std::size_t header = text.find(kHeader);
    const std::size_t at = std::min(id, header);
    Piece& piece = pieces_.emplace_back();
    piece.text = text.substr(0, at);
    if (at == std::string_view::npos) return;
    piece.then = at == id ? Hole::kId : Hole::kHeader;
    (at == id ? has_id_ : has_header_) = true;
    text.remove_prefix(at + (at == id ? kId.size() : kHeader.size()));
  }
}

std::string_view MessageText::fill(std::uint64_t id, std::string_view header) {
  if (pieces_.empty()) return {};
  if (pieces_.size() == 1) return pieces_.front().text;
  filled_.clear();
  for (const Piece& piece : pieces_) {
    filled_ += piece.text;
    if (piece.then == Hole::kHeader) filled_ += header;
    if (piece.then != Hole::kId) continue;
    char digits[20];
    filled_.append(digits, std::to_chars(digits, digits + sizeof digits, id).ptr);
  }
  return filled_;
}

}  // namespace loadstone::audience
