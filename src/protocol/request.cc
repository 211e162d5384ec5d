#include "protocol/request.h"

#include <algorithm>
#include <charconv>

#include "base/ascii.h"

namespace loadstone::protocol {
namespace {

using Hole = PreparedRequest::Hole;

struct Placeholder {
  std::string_view text;
  Hole::Kind kind;
};
constexpr Placeholder kPlaceholders[] = {{"{{request.id}}", Hole::Kind::kNumber},
                                         {"{{message.id}}", Hole::Kind::kNumber},
                                         {"{{message.header}}", Hole::Kind::kHeader}};

// Where the first placeholder of a text is, how long, and its hole; npos when there is none.
struct Place {
  std::size_t at = std::string_view::npos;
  std::size_t length = 0;
  Hole::Kind kind{};
  std::uint32_t text = 0;
};

// In a request of many texts they alone are placeholders: everything else has been filled in or meant as it is.
Place find_text(std::string_view text, std::string_view mark) {
  Place place;
  place.at = text.find(mark);
  if (place.at == std::string_view::npos) return place;
  const char* const digits = text.data() + place.at + mark.size();
  const auto end = std::from_chars(digits, text.data() + text.size(), place.text).ptr;
  place.length = static_cast<std::size_t>(end - text.data()) + 1 - place.at;
  place.kind = Hole::Kind::kText;
  return place;
}

Place find_placeholder(std::string_view text, std::string_view mark) {
  if (!mark.empty()) return find_text(text, mark);
  Place first;
  for (const Placeholder& p : kPlaceholders)
    if (const std::size_t at = text.find(p.text); at < first.at) first = {at, p.text.size(), p.kind};
  return first;
}

// A number in digits.
class Digits {
 public:
  explicit Digits(std::uint64_t number)
      : size_(static_cast<std::size_t>(std::to_chars(digits_, digits_ + sizeof digits_, number).ptr - digits_)) {}
  [[nodiscard]] std::string_view text() const { return {digits_, size_}; }

 private:
  char digits_[20];
  std::size_t size_;
};

// What belongs into any hole but that for the length of the body.
std::string_view filling_of(const Hole& hole, const Filling& filling, std::string_view number) {
  if (hole.kind == Hole::Kind::kText) return filling.texts[hole.text];
  return hole.kind == Hole::Kind::kHeader ? filling.header : number;
}

// The length of the body, whose holes are filled.
std::size_t filled_body(const PreparedRequest& request, const Filling& filling, std::string_view number) {
  std::size_t bytes = request.bytes.size() - request.body_at;
  // A hole at the very start of the body belongs to it; the head always ends in an empty line before.
  for (const Hole& hole : request.holes)
    if (hole.kind != Hole::Kind::kBodyLength && hole.at >= request.body_at)
      bytes += filling_of(hole, filling, number).size();
  return bytes;
}

}  // namespace

bool has_field(const RequestParts& parts, std::string_view name) {
  return std::any_of(parts.headers.begin(), parts.headers.end(),
                     [&](const auto& h) { return equals_ignoring_case(h.first, name); });
}

bool lacks_length(const RequestParts& parts) {
  const bool usually_has_body = parts.method == "POST" || parts.method == "PUT" || parts.method == "PATCH";
  return (!parts.body.empty() || usually_has_body) && !has_field(parts, "content-length") &&
         !has_field(parts, "transfer-encoding");
}

void append_template(PreparedRequest& request, std::string_view text, std::string_view mark) {
  for (;;) {
    const Place place = find_placeholder(text, mark);
    request.bytes.append(text.substr(0, place.at));
    if (place.at == std::string_view::npos) return;
    request.holes.push_back({request.bytes.size(), place.kind, place.text});
    request.has_header = request.has_header || place.kind == Hole::Kind::kHeader;
    text.remove_prefix(place.at + place.length);
  }
}

bool has_placeholder(std::string_view text, std::string_view mark) {
  return find_placeholder(text, mark).at != std::string_view::npos;
}

void fill(const PreparedRequest& request, const Filling& filling, std::string& to) {
  const Digits number(filling.number);
  const Digits length(filled_body(request, filling, number.text()));
  to.clear();
  std::size_t from = 0;
  for (const Hole& hole : request.holes) {
    to.append(request.bytes, from, hole.at - from);
    if (hole.kind == Hole::Kind::kBodyLength)
      to.append(length.text());
    else
      to.append(filling_of(hole, filling, number.text()));
    from = hole.at;
  }
  to.append(request.bytes, from);
}

std::size_t filled_before(const PreparedRequest& request, const Filling& filling, std::size_t offset, bool inclusive) {
  const Digits number(filling.number);
  std::size_t bytes = 0;
  for (const Hole& hole : request.holes) {
    if (hole.at > offset || (hole.at == offset && !inclusive)) break;
    if (hole.kind == Hole::Kind::kBodyLength)
      bytes += Digits(filled_body(request, filling, number.text())).text().size();
    else
      bytes += filling_of(hole, filling, number.text()).size();
  }
  return bytes;
}

}  // namespace loadstone::protocol
