#include "protocol/request.h"

#include <algorithm>
#include <cctype>
#include <charconv>

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

// The first placeholder in a text, and where it is; npos when there is none.
std::pair<std::size_t, const Placeholder*> find_placeholder(std::string_view text) {
  std::pair<std::size_t, const Placeholder*> first{std::string_view::npos, nullptr};
  for (const Placeholder& p : kPlaceholders)
    if (const std::size_t at = text.find(p.text); at < first.first) first = {at, &p};
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

// The length of the body, whose holes are filled.
std::size_t filled_body(const PreparedRequest& request, const Filling& filling, std::string_view number) {
  std::size_t bytes = request.bytes.size() - request.body_at;
  // A hole at the very start of the body belongs to it; the head always ends in an empty line before.
  for (const Hole& hole : request.holes)
    if (hole.kind != Hole::Kind::kBodyLength && hole.at >= request.body_at)
      bytes += hole.kind == Hole::Kind::kHeader ? filling.header.size() : number.size();
  return bytes;
}

}  // namespace

bool has_field(const RequestParts& parts, std::string_view name) {
  const auto same = [&](std::string_view other) {
    return std::equal(name.begin(), name.end(), other.begin(), other.end(),
                      [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
  };
  return std::any_of(parts.headers.begin(), parts.headers.end(), [&](const auto& h) { return same(h.first); });
}

bool lacks_length(const RequestParts& parts) {
  const bool usually_has_body = parts.method == "POST" || parts.method == "PUT" || parts.method == "PATCH";
  return (!parts.body.empty() || usually_has_body) && !has_field(parts, "content-length") &&
         !has_field(parts, "transfer-encoding");
}

void append_template(PreparedRequest& request, std::string_view text) {
  for (;;) {
    const auto [at, placeholder] = find_placeholder(text);
    request.bytes.append(text.substr(0, at));
    if (placeholder == nullptr) return;
    request.holes.push_back({request.bytes.size(), placeholder->kind});
    request.has_header = request.has_header || placeholder->kind == Hole::Kind::kHeader;
    text.remove_prefix(at + placeholder->text.size());
  }
}

bool has_placeholder(std::string_view text) { return find_placeholder(text).second != nullptr; }

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
      to.append(hole.kind == Hole::Kind::kHeader ? filling.header : number.text());
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
      bytes += hole.kind == Hole::Kind::kHeader ? filling.header.size() : number.text().size();
  }
  return bytes;
}

}  // namespace loadstone::protocol
