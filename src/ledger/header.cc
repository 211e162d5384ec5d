#include "ledger/header.h"

#include <array>
#include <cstring>
#include <optional>

#include "ledger/crc32c.h"

namespace loadstone::ledger {
namespace {

// Its first character hardly ever stands in JSON, XML or text, so that memchr() alone passes over nearly all of it.
constexpr std::string_view kMagic = "~lodest~";
constexpr std::size_t kSumAt = kHeaderBytes - 8;

char* put_hex(char* out, std::uint64_t value, int digits) {
  for (int i = digits - 1; i >= 0; --i) *out++ = "0123456789abcdef"[(value >> (4 * i)) & 0xf];
  return out;
}

constexpr auto kDigits = [] {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(0xff);
  for (std::uint8_t i = 0; i < 10; ++i) digits[static_cast<std::size_t>('0' + i)] = i;
  for (std::uint8_t i = 0; i < 6; ++i) digits[static_cast<std::size_t>('a' + i)] = static_cast<std::uint8_t>(10 + i);
  return digits;
}();

// Takes numbers off the front; remembers whether all of them were.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  std::uint64_t hex(std::size_t digits) {
    std::uint64_t value = 0;
    for (const char c : text_.substr(0, digits)) {
      const std::uint8_t digit = kDigits[static_cast<unsigned char>(c)];
      wrong_ |= digit & 0xf0;
      value = value << 4 | (digit & 0xf);
    }
    text_.remove_prefix(digits);
    return value;
  }
  [[nodiscard]] bool good() const { return wrong_ == 0; }

 private:
  std::string_view text_;
  unsigned wrong_ = 0;
};

std::optional<Header> decode(std::string_view text) {
  Reader reader(text.substr(kMagic.size()));
  Header header;
  header.run = static_cast<std::uint32_t>(reader.hex(8));
  header.publisher = static_cast<std::uint16_t>(reader.hex(4));
  header.sequence = reader.hex(16);
  header.due = Instant(Nanoseconds(static_cast<std::int64_t>(reader.hex(16))));
  const std::uint64_t sum = reader.hex(8);
  if (!reader.good() || sum != crc32c(text.substr(0, kSumAt))) return std::nullopt;
  return header;
}

}  // namespace

void encode(const Header& header, char* out) {
  char* at = out;
  std::memcpy(at, kMagic.data(), kMagic.size());
  at += kMagic.size();
  at = put_hex(at, header.run, 8);
  at = put_hex(at, header.publisher, 4);
  at = put_hex(at, header.sequence, 16);
  at = put_hex(at, static_cast<std::uint64_t>(header.due.time_since_epoch().count()), 16);
  put_hex(at, crc32c({out, kSumAt}), 8);
}

HeaderFound find_header(std::string_view message) {
  HeaderFound found;
  for (;;) {
    const std::size_t at = message.find(kMagic.front());
    if (at == std::string_view::npos) return found;
    message.remove_prefix(at);
    if (!message.starts_with(kMagic)) {
      message.remove_prefix(1);
      continue;
    }
    if (message.size() >= kHeaderBytes) {
      const std::string_view text = message.substr(0, kHeaderBytes);
      if (const auto header = decode(text)) return {HeaderFound::Kind::kFound, text, *header};
    }
    found.kind = HeaderFound::Kind::kDamaged;
    message.remove_prefix(kMagic.size() - 1);  // its last character may be the first of another
  }
}

}  // namespace loadstone::ledger
