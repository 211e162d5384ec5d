#include "base/json_pointer.h"

#include <gtest/gtest.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/random.h"

namespace loadstone {
namespace {

std::string found(std::string_view pointer, std::string_view json) {
  const auto parsed = JsonPointer::parse(pointer);
  EXPECT_TRUE(parsed.has_value()) << pointer;
  // A heap block of exactly its size, so that the address sanitizer sees a read past its end.
  const std::vector<char> exact(json.begin(), json.end());
  std::string scratch;
  const auto text = parsed->find({exact.data(), exact.size()}, scratch);
  return text ? std::string(*text) : "nothing";
}

// RFC 6901 section 5.
TEST(JsonPointer, FollowsTheExamplesOfTheStandard) {
  constexpr std::string_view kJson = R"({
      "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, "k\"l": 6, " ": 7, "m~n": 8
   })";
  EXPECT_EQ(found("/foo/0", kJson), "bar");
  EXPECT_EQ(found("/foo/1", kJson), "baz");
  EXPECT_EQ(found("/", kJson), "0");
  EXPECT_EQ(found("/a~1b", kJson), "1");
  EXPECT_EQ(found("/c%d", kJson), "2");
  EXPECT_EQ(found("/e^f", kJson), "3");
  EXPECT_EQ(found("/g|h", kJson), "4");
  EXPECT_EQ(found("/i\\j", kJson), "5");
  EXPECT_EQ(found("/k\"l", kJson), "6");
  EXPECT_EQ(found("/ ", kJson), "7");
  EXPECT_EQ(found("/m~0n", kJson), "8");
  EXPECT_EQ(found("", kJson), "nothing");
  EXPECT_EQ(found("/foo", kJson), "nothing");
}

TEST(JsonPointer, TheWholeTextMayBeTheValue) {
  EXPECT_EQ(found("", R"("id")"), "id");
  EXPECT_EQ(found("", " 42 "), "42");
  EXPECT_EQ(found("", "true"), "true");
  EXPECT_EQ(found("", "null"), "nothing");
  EXPECT_EQ(found("", ""), "nothing");
}

TEST(JsonPointer, GivesNumbersAsTheyAreWritten) {
  for (const char* number : {"0", "-0", "12345678901234567890", "1.50", "-1e9", "1E+2", "0.1e-3"})
    EXPECT_EQ(found("/a", std::string("{\"a\":") + number + "}"), number);
  for (const char* word : {"01", "+1", "1.", ".5", "1e", "-", "tru", "nul", "NaN", "1 2x", "--1"})
    EXPECT_EQ(found("", word), std::string_view(word) == "1 2x" ? "1" : "nothing") << word;
}

TEST(JsonPointer, StepsOverWhateverStandsBefore) {
  const std::string_view traps[] = {R"("}")",
                                    R"("\"}")",
                                    R"("\\")",
                                    R"("\\\"a\":1")",
                                    R"({"id":"no"})",
                                    R"([{"id":"no"},"]",[[]]])",
                                    R"({"a":{"b":"}}","c":["}"]}})",
                                    "null",
                                    "-1.5e3",
                                    R"("a string of some length with \u0022id\u0022: in it")",
                                    "[]",
                                    "{}",
                                    R"("")"};
  for (const std::string_view trap : traps)
    for (const std::string_view blank : {"", " ", "\n\t\r "}) {
      std::string json = "{";
      for (const std::string_view part : {"\"x\"", ":", "", ",", "\"id\"", ":", "\"yes\""})
        json.append(blank).append(part.empty() ? trap : part).append(blank);
      json += "}";
      EXPECT_EQ(found("/id", json), "yes") << json;
      EXPECT_EQ(found("/1/id", "[" + std::string(trap) + "," + json + "]"), "yes") << json;
    }
}

TEST(JsonPointer, UndoesEscapes) {
  EXPECT_EQ(found("/a", R"({"a":"\"\\\/\b\f\n\r\t"})"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(found("/a", R"({"a":"\u0041\u00e9\u20AC\ud83d\ude00x"})"), "Aé€😀x");
  EXPECT_EQ(found("/a/b", R"({"\u0061":{"\u0062":"c"}})"), "c");
  EXPECT_EQ(found("/é", R"({"\u00e9":1})"), "1");
  EXPECT_EQ(found("/a\nb", R"({"a\nb":1})"), "1");
  for (const char* bad : {R"("\q")", R"("\u12")", R"("\u12g4")", R"("\ud83d")", R"("\ud83dx")", R"("\ud83d\u0041")",
                          R"("\ude00")", R"("\u+123")", R"("\)", R"("\")", R"("\u)"})
    EXPECT_EQ(found("", bad), "nothing") << bad;
}

// Bytes that are a quote or a backslash but for their highest bit, at every place of a word.
TEST(JsonPointer, TakesNoOtherByteForAQuote) {
  for (const std::string other : {"\u00a2", "\u0710", "€"})
    for (std::size_t before = 0; before < 20; ++before) {
      const std::string text = std::string(before, 'x') + other;
      EXPECT_EQ(found("/a", "{\"a\":\"" + text + "\"}"), text);
      EXPECT_EQ(found("/b", "{\"a\":\"" + text + "\",\"b\":1}"), "1");
    }
}

TEST(JsonPointer, CountsElementsAsTheyStand) {
  constexpr std::string_view kJson = R"([10, [20, 21], {"0": 30}, "40"])";
  EXPECT_EQ(found("/0", kJson), "10");
  EXPECT_EQ(found("/1/1", kJson), "21");
  EXPECT_EQ(found("/2/0", kJson), "30");
  EXPECT_EQ(found("/3", kJson), "40");
  for (const char* none : {"/4", "/1/2", "/00", "/01", "/-", "/-1", "/a", "/", "/1e0", "/99999999999999999999", "/0/0"})
    EXPECT_EQ(found(none, kJson), "nothing") << none;
  EXPECT_EQ(found("/0", "[]"), "nothing");
  EXPECT_EQ(found("/0", "[,1]"), "nothing");
}

TEST(JsonPointer, GivesNothingWhereTheTextBreaksOff) {
  const std::string json = R"({"x":[1,{"y":"z\n"}],"id":"abc"})";
  EXPECT_EQ(found("/id", json), "abc");
  const std::size_t complete = json.find("abc\"") + 4;
  for (std::size_t size = 0; size < json.size(); ++size)
    EXPECT_EQ(found("/id", std::string_view(json).substr(0, size)), size < complete ? "nothing" : "abc") << size;
}

TEST(JsonPointer, RefusesWhatIsNoPointer) {
  for (const char* bad : {"a", "a/b", "#/a", "$.a", "/~", "/a~", "/~2", "/a/b~c"})
    EXPECT_FALSE(JsonPointer::parse(bad).has_value()) << bad;
  EXPECT_EQ(JsonPointer::parse("id").error().message, "a JSON pointer begins with '/': id");
}

// --- against nlohmann/json, on random documents

std::string random_key(Random& random) {
  const std::string keys[] = {"a", "b", "id", "", "0", "1", "a/b", "m~n", "é", "q\"", "line\n", "\\"};
  return keys[random.below(std::size(keys))];
}

nlohmann::json random_value(Random& random, int depth) {
  switch (random.below(depth > 0 ? 8 : 6)) {
    case 0:
      return nullptr;
    case 1:
      return random.below(2) == 0;
    case 2:
      return static_cast<std::int64_t>(random.next());
    case 3:
      return random.normal() * 1000;
    case 4:
      return random_key(random) + "\t€😀}]";
    case 5:
      return random_key(random);
    case 6: {
      auto array = nlohmann::json::array();
      for (std::uint64_t n = random.below(4); n > 0; --n) array.push_back(random_value(random, depth - 1));
      return array;
    }
    default: {
      auto object = nlohmann::json::object();
      for (std::uint64_t n = random.below(5); n > 0; --n) object[random_key(random)] = random_value(random, depth - 1);
      return object;
    }
  }
}

// Every pointer that leads somewhere in the document.
void collect(const nlohmann::json& value, const nlohmann::json::json_pointer& at,
             std::vector<nlohmann::json::json_pointer>& all) {
  all.push_back(at);
  if (value.is_object())
    for (const auto& [key, inner] : value.items()) collect(inner, at / key, all);
  if (value.is_array())
    for (std::size_t i = 0; i < value.size(); ++i) collect(value[i], at / i, all);
}

void expect_agreement(const nlohmann::json& value, const std::string& pointer, const std::string& json) {
  const auto parsed = JsonPointer::parse(pointer);
  ASSERT_TRUE(parsed.has_value()) << pointer;
  std::string scratch;
  const auto text = parsed->find(json, scratch);
  const bool scalar = value.is_primitive() && !value.is_null();
  ASSERT_EQ(text.has_value(), scalar) << pointer << " in " << json;
  if (!scalar) return;
  if (value.is_string())
    EXPECT_EQ(*text, value.get<std::string>()) << pointer << " in " << json;
  else
    EXPECT_EQ(nlohmann::json::parse(*text), value) << pointer << " in " << json;
}

TEST(JsonPointer, AgreesWithNlohmannOnEveryPointerOfRandomDocuments) {
  Random random(1);
  std::size_t pointers = 0;
  for (int round = 0; round < 8000; ++round) {
    const nlohmann::json document = random_value(random, 4);
    // Compact, with blanks, and with everything escaped that is not ASCII.
    const std::string json = document.dump(random.below(2) == 0 ? -1 : 2, ' ', random.below(2) == 0);
    std::vector<nlohmann::json::json_pointer> all;
    collect(document, nlohmann::json::json_pointer(), all);
    for (const auto& pointer : all) expect_agreement(document.at(pointer), pointer.to_string(), json);
    pointers += all.size();
  }
  EXPECT_GT(pointers, 10'000U);
}

TEST(JsonPointer, AgreesWithNlohmannOnDamagedDocumentsThatAreStillJson) {
  Random random(2);
  std::size_t still_json = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string json = random_value(random, 3).dump();
    for (std::uint64_t n = 1 + random.below(2); n > 0; --n) {
      const char c = std::string_view("\"\\{}[],: 0e.u-\x01")[random.below(15)];
      if (random.below(2) == 0)
        json[random.below(json.size())] = c;
      else
        json.insert(random.below(json.size() + 1), 1, c);
    }
    bool twice = false;
    std::vector<std::vector<std::string>> keys;
    const auto watch = [&](int, nlohmann::json::parse_event_t event, nlohmann::json& value) {
      if (event == nlohmann::json::parse_event_t::object_start) keys.emplace_back();
      if (event == nlohmann::json::parse_event_t::object_end) keys.pop_back();
      if (event == nlohmann::json::parse_event_t::key) {
        const auto key = value.get<std::string>();
        twice |= std::find(keys.back().begin(), keys.back().end(), key) != keys.back().end();
        keys.back().push_back(key);
      }
      return true;
    };
    const nlohmann::json document = nlohmann::json::parse(json, watch, false);
    if (document.is_discarded() || twice) {
      // Whatever it gives, it ends.
      found("/id", json);
      continue;
    }
    ++still_json;
    std::vector<nlohmann::json::json_pointer> all;
    collect(document, nlohmann::json::json_pointer(), all);
    for (const auto& pointer : all) expect_agreement(document.at(pointer), pointer.to_string(), json);
  }
  EXPECT_GT(still_json, 2'000U);
}

TEST(JsonPointer, FindsWhatHoldsMoreWhenAskedForIt) {
  constexpr std::string_view kJson = R"( {"a": [1, {"b": "]"}] , "c": {}, "d": null, "e": "x\ny", "f": nul} )";
  const auto any = [&](std::string_view pointer) {
    std::string scratch;
    const auto text = JsonPointer::parse(pointer)->find_any(kJson, scratch);
    return text ? std::string(*text) : "nothing";
  };
  EXPECT_EQ(any("/a"), R"([1, {"b": "]"}])");
  EXPECT_EQ(any("/a/1"), R"({"b": "]"})");
  EXPECT_EQ(any("/c"), "{}");
  EXPECT_EQ(any("/d"), "null");
  EXPECT_EQ(any("/e"), "x\ny");
  EXPECT_EQ(any("/a/0"), "1");
  EXPECT_EQ(any("/f"), "nothing");
  EXPECT_EQ(any("/a/2"), "nothing");
  EXPECT_EQ(found("/a", kJson), "nothing");
}

}  // namespace
}  // namespace loadstone
