#include "ledger/identity.h"

#include <gtest/gtest.h>

#include <string>

namespace loadstone::ledger {
namespace {

using How = Identity::How;

Identity made(How how, std::string expression, std::string time = {}) {
  auto identity = Identity::make(how, std::move(expression), std::move(time));
  EXPECT_TRUE(identity.has_value()) << identity.error().message;
  return std::move(*identity);
}

std::string header_text(std::uint64_t sequence) {
  std::string text(kHeaderBytes, '?');
  encode({.run = 7, .publisher = 1, .sequence = sequence, .due = Instant(Nanoseconds(5))}, text.data());
  return text;
}

TEST(Identity, IsWhereThePointerLeads) {
  Identity identity = made(How::kPointer, "/data/id");
  EXPECT_EQ(identity.find(R"({"data":{"id":"a-1"}})").id, "a-1");
  EXPECT_EQ(identity.find(R"({"data":{"id":17}})").id, "17");
  EXPECT_EQ(identity.find(R"({"data":{"id":"\u0061\n"}})").id, "a\n");
  for (const char* none :
       {R"({"id":"a-1"})", R"({"data":{"id":null}})", R"({"data":{"id":""}})", "hello", "", R"({"data":{"id":[1]}})"}) {
    const Found found = identity.find(none);
    EXPECT_EQ(found.kind, Found::Kind::kNone) << none;
    EXPECT_TRUE(found.id.empty()) << none;
  }
}

TEST(Identity, IsTheFirstGroupOfThePattern) {
  Identity identity = made(How::kPattern, "id=([0-9]+);(x?)");
  EXPECT_EQ(identity.find("noise id=12;x id=13;").id, "12");
  EXPECT_EQ(identity.find("noise id=;").kind, Found::Kind::kNone);
  Identity optional = made(How::kPattern, "a(b)?");
  EXPECT_EQ(optional.find("a").kind, Found::Kind::kNone);
  EXPECT_EQ(optional.find("ab").id, "b");
}

TEST(Identity, IsInTheHeader) {
  Identity identity = made(How::kHeader, "");
  const std::string message = R"({"text":")" + header_text(3) + R"("})";
  const Found found = identity.find(message);
  EXPECT_EQ(found.kind, Found::Kind::kFound);
  EXPECT_EQ(found.header.sequence, 3U);
  EXPECT_EQ(found.id, header_text(3));
  std::string damaged = message;
  damaged[30] = damaged[30] == '0' ? '1' : '0';
  EXPECT_EQ(identity.find(damaged).kind, Found::Kind::kDamaged);
  EXPECT_EQ(identity.find("nothing").kind, Found::Kind::kNone);
}

TEST(Identity, KnowsTheTimeBesideIt) {
  Identity identity = made(How::kPointer, "/id", "/at");
  EXPECT_EQ(identity.find(R"({"id":1,"at":1700000000250})").wall_time, Nanoseconds(1'700'000'000'250'000'000));
  EXPECT_EQ(identity.find(R"({"at":"2023-11-14T22:13:20.25Z","id":1})").wall_time,
            Nanoseconds(1'700'000'000'250'000'000));
  EXPECT_EQ(identity.find(R"({"id":1,"at":"yesterday"})").wall_time, std::nullopt);
  EXPECT_EQ(identity.find(R"({"id":1})").wall_time, std::nullopt);
  // Also of a message that has no id.
  EXPECT_EQ(identity.find(R"({"at":1})").wall_time, Nanoseconds(1'000'000'000));
  EXPECT_EQ(made(How::kPointer, "/id").find(R"({"id":1,"at":1})").wall_time, std::nullopt);
}

TEST(Identity, RefusesWhatCannotFindAnything) {
  const auto message = [](How how, const char* expression, const char* time) {
    const auto identity = Identity::make(how, expression, time);
    return identity ? std::string() : identity.error().message;
  };
  EXPECT_EQ(message(How::kPointer, "id", ""), "the id: a JSON pointer begins with '/': id");
  EXPECT_EQ(message(How::kHeader, "", "at"), "the time: a JSON pointer begins with '/': at");
  EXPECT_EQ(message(How::kPattern, "id=(", ""), "the pattern id=(: not a regular expression: missing ): id=(");
  EXPECT_EQ(message(How::kPattern, "id=[0-9]+", ""), "the pattern id=[0-9]+ has no group (…) around the id");
  EXPECT_EQ(message(How::kPattern, "(?:id)", ""), "the pattern (?:id) has no group (…) around the id");
}

// What is remembered must be what would be found.
TEST(Identity, IsTheSameWhetherAMessageIsRememberedOrNot) {
  Identity identity = made(How::kPointer, "/id", "/at");
  const auto message = [](int number) {
    std::string id = std::to_string(number);
    if (number % 3 == 0) id = "\\u00e9" + id;
    return R"({"pad":")" + std::string(static_cast<std::size_t>(number % 5), 'x') + R"(","id":")" + id + R"(","at":)" +
           std::to_string(1000 + number) + "}";
  };
  // Windows of more and fewer messages than are remembered, met again and again.
  for (const int window : {1, 2, 15, 16, 17, 40})
    for (int i = 0; i < 400; ++i) {
      const int number = i * 7 % window;
      const std::string text = message(number);
      const Found found = identity.find(text);
      ASSERT_EQ(found.kind, Found::Kind::kFound);
      EXPECT_EQ(found.id, (number % 3 == 0 ? "é" : "") + std::to_string(number));
      EXPECT_EQ(found.wall_time, Nanoseconds(std::chrono::seconds(1000 + number)));
    }
}

TEST(Identity, ARememberedOneOutlivesTheMessage) {
  Identity identity = made(How::kPattern, "(\\w+)");
  std::string message = "a_rather_long_word_that_is_on_the_heap";
  const std::string copy = message;
  const std::string_view id = identity.find(message).id;
  message.assign(message.size(), '!');
  EXPECT_EQ(id, copy);
  Identity moved = std::move(identity);
  EXPECT_EQ(moved.find(copy).id.data(), id.data());
}

TEST(Identity, AsManyAreRememberedAsItSays) {
  Identity identity = made(How::kPattern, "(.+)");
  const auto message = [](std::size_t number) { return "a message on the heap, number " + std::to_string(number); };
  const char* const first = identity.find(message(0)).id.data();
  for (std::size_t i = 1; i < Identity::kRemembered; ++i) {
    EXPECT_EQ(identity.find(message(i)).id, message(i));
    EXPECT_EQ(identity.find(message(0)).id.data(), first);
  }
  EXPECT_EQ(identity.find(message(Identity::kRemembered)).kind, Found::Kind::kFound);
  EXPECT_EQ(identity.find(message(0)).id, message(0));  // in another place: its own was taken
  EXPECT_NE(identity.find(message(0)).id.data(), first);
}

TEST(Identity, MessagesTooLargeToRememberAreFoundAllTheSame) {
  Identity identity = made(How::kPointer, "/id");
  for (const char* id : {"1", "2", "3"}) {
    const std::string message =
        R"({"pad":")" + std::string(Identity::kLargestRemembered, 'x') + R"(","id":)" + id + "}";
    const Found found = identity.find(message);
    EXPECT_EQ(found.id, id);
    EXPECT_GE(found.id.data(), message.data());
    EXPECT_LT(found.id.data(), message.data() + message.size());
  }
}

}  // namespace
}  // namespace loadstone::ledger
