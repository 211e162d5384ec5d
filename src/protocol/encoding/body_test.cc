// Bodies that the systems' own tools have encoded, decoded however they are cut.
#include "protocol/encoding/body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "base/format.h"
#include "base/random.h"
#include "protocol/encoding/decoder.h"

namespace loadstone::encoding {
namespace {

using ::testing::HasSubstr;

// What the command makes of the text.
std::string piped(const std::string& text, const std::string& command) {
  const std::string file = ::testing::TempDir() + "encoding_body_" + std::to_string(::getpid());
  std::ofstream(file, std::ios::binary) << text;
  FILE* pipe = ::popen((command + " < " + file).c_str(), "r");
  std::string out;
  char piece[65536];
  for (std::size_t n = 0; (n = std::fread(piece, 1, sizeof piece, pipe)) > 0;) out.append(piece, n);
  EXPECT_EQ(::pclose(pipe), 0) << command;
  std::remove(file.c_str());
  return out;
}

// Text that compresses well in some places and not at all in others.
std::string text_of(std::size_t bytes) {
  Random random(bytes + 1);
  std::string text;
  while (text.size() < bytes) {
    if (random.below(2) == 0)
      text += format(R"({{"id":{},"name":"node {}"}},)", random.below(100000), random.below(20));
    else
      for (std::uint64_t i = random.below(300); i > 0; --i) text += static_cast<char>(random.below(256));
  }
  text.resize(bytes);
  return text;
}

struct Tool {
  Coding coding;
  std::string command;
};
const Tool kTools[] = {
    {Coding::kGzip, "gzip -6 -c"},
    {Coding::kGzip, "gzip -1 -c -N"},
    {Coding::kBrotli, "brotli -c -q 5"},
    {Coding::kBrotli, "brotli -c -q 1 -w 16"},
    {Coding::kZstd, "zstd -q -c -3"},
    {Coding::kZstd, "zstd -q -c --fast=3 --no-check"},
    {Coding::kDeflate,
     "/usr/bin/python3 -c 'import sys,zlib; sys.stdout.buffer.write(zlib.compress(sys.stdin.buffer.read()))'"},
    {Coding::kDeflate,
     "/usr/bin/python3 -c 'import sys,zlib; sys.stdout.buffer.write(zlib.compress(sys.stdin.buffer.read())[2:-4])'"},
};

void give(Body& body, std::string_view bytes, std::uint64_t seed) {
  Random random(seed);
  while (!bytes.empty()) {
    const std::size_t n = seed == 0 ? bytes.size() : seed == 1 ? 1 : 1 + random.below(bytes.size());
    body.add(bytes.substr(0, n));
    bytes.remove_prefix(n);
  }
}

TEST(EncodedBody, OfEveryToolIsDecodedHoweverItIsCut) {
  for (const Tool& tool : kTools) {
    SCOPED_TRACE(tool.command);
    Body body;  // one for all, as a connection has it
    // Among them a length that fills the room made for it to the last byte.
    for (const std::size_t bytes :
         {std::size_t{0}, std::size_t{1}, std::size_t{1000}, std::size_t{32'768}, std::size_t{300'000}}) {
      const std::string text = text_of(bytes);
      const std::string encoded = piped(text, tool.command);
      for (std::uint64_t seed = 0; seed < 12; ++seed) {
        body.begin(tool.coding);
        give(body, encoded, seed);
        EXPECT_EQ(body.problem(), "") << bytes << " bytes, cut by " << seed;
        ASSERT_EQ(body.text(), text);
        EXPECT_TRUE(body.is_encoded());
      }
    }
  }
}

TEST(EncodedBody, ThatIsCutOffOrDamagedOrHasATailSaysSo) {
  const std::string text = text_of(5000);
  for (const Tool& tool : kTools) {
    SCOPED_TRACE(tool.command);
    const std::string encoded = piped(text, tool.command);
    Body body;
    const auto problem_of = [&](std::string_view bytes, std::uint64_t seed) {
      body.begin(tool.coding);
      give(body, bytes, seed);
      return body.problem();
    };
    for (const std::uint64_t seed : {0, 1, 2}) {
      for (const std::size_t n : {std::size_t{1}, std::size_t{9}, encoded.size() / 2, encoded.size() - 1})
        EXPECT_THAT(problem_of(encoded.substr(0, n), seed), HasSubstr("ends too early")) << n;
      EXPECT_THAT(problem_of(encoded + "tail", seed), HasSubstr("is broken"));
      EXPECT_THAT(problem_of("\xff\xff\xff\xff no such thing", seed), HasSubstr("is broken"));
    }
    EXPECT_EQ(problem_of(encoded, 0), "");  // and the next is good again
  }
}

TEST(EncodedBody, OfAnOlderFormatIsBrokenHoweverItIsCut) {
  for (const std::uint64_t seed : {0, 1}) {
    Body body;
    body.begin(Coding::kZstd);
    give(body, std::string_view("\x25\xb5\x2f\xfd\x0a\0\0\0", 8), seed);  // zstd 0.5
    EXPECT_THAT(body.problem(), HasSubstr("is broken"));
  }
}

TEST(EncodedBody, DecodesToNoMoreThanItMay) {
  constexpr std::size_t kMost = 100'000;
  for (const Tool& tool : kTools) {
    SCOPED_TRACE(tool.command);
    const std::string most = piped(std::string(kMost, 'x'), tool.command);
    const std::string bomb = piped(std::string(30'000'000, 'x'), tool.command);
    EXPECT_LT(bomb.size(), 2 * kMost);
    for (const std::uint64_t seed : {0, 2}) {
      Body body;
      body.begin(tool.coding, kMost);
      give(body, most, seed);
      EXPECT_EQ(body.problem(), "");
      EXPECT_EQ(body.text().size(), kMost);
      body.begin(tool.coding, kMost);
      give(body, bomb, seed);
      EXPECT_EQ(body.problem(), format("its {} decodes to more than 100 kB", name_of(tool.coding)));
      EXPECT_LE(body.text().size(), kMost);
      EXPECT_LE(body.text().capacity(), 3 * kMost);
    }
  }
}

TEST(EncodedBody, OfSeveralMembersOrFramesIsOne) {
  for (const std::size_t tool : {0, 4}) {
    Body body;
    body.begin(kTools[tool].coding);
    give(body, piped("one ", kTools[tool].command) + piped("two", kTools[tool].command), 1);
    EXPECT_EQ(body.problem(), "");
    EXPECT_EQ(body.text(), "one two");
  }
}

TEST(PlainBody, IsKeptAsItIsUpToTheLimit) {
  Body body;
  body.begin(Coding::kNone, 10);
  body.add("hello ");
  body.add("world and more");
  EXPECT_EQ(body.text(), "hello worl");
  EXPECT_EQ(body.problem(), "");
  EXPECT_FALSE(body.is_encoded());
  body.begin(Coding::kOther);
  EXPECT_EQ(body.problem(), "");  // nothing came that had to be understood
  body.add("x");
  EXPECT_EQ(body.problem(), "its Content-Encoding is none that can be decoded");
}

TEST(Decoder, IsThereForEveryCodingThatCanBeUndone) {
  for (const Coding coding : {Coding::kGzip, Coding::kDeflate, Coding::kBrotli, Coding::kZstd})
    EXPECT_NE(make_decoder(coding), nullptr);
  for (const Coding coding : {Coding::kNone, Coding::kOther}) EXPECT_EQ(make_decoder(coding), nullptr);
}

}  // namespace
}  // namespace loadstone::encoding
