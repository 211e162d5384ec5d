#include "ledger/header.h"

#include <gtest/gtest.h>

#include <cctype>
#include <limits>
#include <string>

#include "base/json_writer.h"

namespace loadstone::ledger {
namespace {

constexpr Header kSome{
    .run = 0x1234abcd, .publisher = 42, .sequence = 9'876'543'210, .due = Instant(Nanoseconds(1'234'567'890'123'456))};

std::string text_of(const Header& header) {
  std::string text(kHeaderBytes, '?');
  encode(header, text.data());
  return text;
}

TEST(Header, ComesBackAsItWent) {
  for (const Header& header :
       {Header{}, kSome,
        Header{~0U, 0xffff, ~std::uint64_t{0}, Instant(Nanoseconds(std::numeric_limits<std::int64_t>::max()))},
        Header{1, 2, 3, Instant(Nanoseconds(-4))}}) {
    const std::string text = text_of(header);
    const HeaderFound found = find_header(text);
    EXPECT_EQ(found.kind, HeaderFound::Kind::kFound) << text;
    EXPECT_EQ(found.header, header) << text;
    EXPECT_EQ(found.text, text);
  }
}

TEST(Header, LooksAsItIsDescribed) {
  EXPECT_EQ(text_of(kSome).substr(0, 52), "~lodest~1234abcd002a000000024cb016ea000462d53c8abac0");
}

TEST(Header, NeedsNoEscapes) {
  const std::string text = text_of(kSome);
  std::string json;
  JsonWriter::append_json_string(json, text);
  EXPECT_EQ(json, '"' + text + '"');
  for (const char c : text) EXPECT_TRUE(std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '~');
}

TEST(Header, IsFoundWhereverItStands) {
  for (const std::size_t before : {0U, 1U, 7U, 63U, 64U, 65U, 70'000U})
    for (const std::size_t after : {0U, 1U, 500U})
      for (const char filler : {' ', '~', 'l', '"'}) {
        const std::string message = std::string(before, filler) + text_of(kSome) + std::string(after, filler);
        const HeaderFound found = find_header(message);
        ASSERT_EQ(found.kind, HeaderFound::Kind::kFound) << before << filler;
        EXPECT_EQ(found.header, kSome);
        EXPECT_EQ(found.text.data(), message.data() + before);
      }
}

TEST(Header, AnyChangedCharacterIsDamage) {
  const std::string text = text_of(kSome);
  for (std::size_t i = 0; i < text.size(); ++i)
    for (const int flip : {1, 2, 4, 8, 16, 32, 64, 128}) {
      std::string message = text;
      message[i] = static_cast<char>(message[i] ^ flip);
      // Without its beginning it is no header any more.
      EXPECT_EQ(find_header(message).kind, i < 8 ? HeaderFound::Kind::kNone : HeaderFound::Kind::kDamaged) << message;
    }
}

TEST(Header, ACutOneIsDamage) {
  const std::string text = text_of(kSome);
  for (std::size_t size = 8; size < text.size(); ++size)
    EXPECT_EQ(find_header(std::string_view(text).substr(0, size)).kind, HeaderFound::Kind::kDamaged) << size;
  EXPECT_EQ(find_header(std::string_view(text).substr(0, 7)).kind, HeaderFound::Kind::kNone);
  EXPECT_EQ(find_header("").kind, HeaderFound::Kind::kNone);
}

TEST(Header, AGoodOneAfterADamagedOneCounts) {
  const std::string text = text_of(kSome);
  for (const std::string& before :
       {text.substr(0, 20), std::string("~lodest~"), std::string("~lodest"), std::string("~lodest~lodest")})
    EXPECT_EQ(find_header(before + text).header, kSome) << before;
  EXPECT_EQ(find_header(text.substr(0, 20) + text.substr(0, 30)).kind, HeaderFound::Kind::kDamaged);
}

}  // namespace
}  // namespace loadstone::ledger
