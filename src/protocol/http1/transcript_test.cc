// Plays every transcript of testdata/ whole, byte by byte, and cut at seeded random places: the events must be those
// of the file each time.
#include "protocol/transcript.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>

#include "base/random.h"
#include "protocol/http1/codec.h"

namespace loadstone::http1 {
namespace {

using protocol::Transcript;

constexpr const char* kFolder = "src/protocol/http1/testdata";

// How long the next piece is, given what is left.
using Cut = std::function<std::size_t(std::size_t)>;

std::vector<std::filesystem::path> transcripts() {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder))
    if (entry.path().extension() == ".transcript") found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

Transcript load(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  auto transcript = protocol::parse_transcript(text);
  EXPECT_TRUE(transcript.has_value()) << file << ": " << transcript.error().message;
  return transcript.value_or(Transcript{});
}

class Player {
 public:
  Player(const Transcript& transcript, bool wants_body, HeadMemory& memory, Cut cut)
      : transcript_(transcript), wants_body_(wants_body), cut_(std::move(cut)), codec_(memory) {}

  void play() {
    int number = 0;
    for (const auto& stretch : transcript_.stretches) {
      SCOPED_TRACE(::testing::Message() << "stretch " << ++number);
      for (const auto& input : stretch.inputs) give(input);
      std::vector<std::string> expected = stretch.expected;
      if (!wants_body_) std::erase_if(expected, [](const std::string& line) { return line.starts_with("body"); });
      EXPECT_THAT(lines_.take(), ::testing::ElementsAreArray(expected));
      EXPECT_EQ(codec_.reusable(), stretch.reusable.value_or(codec_.reusable()));
    }
  }

 private:
  void give(const Transcript::Input& input) {
    switch (input.kind) {
      case Transcript::Input::Kind::kRequest: {
        ASSERT_EQ(codec_.room(), 1U);
        protocol::PreparedRequest& request = requests_.emplace_back();
        request.bytes = "request";
        request.answer_has_no_body = input.text == "HEAD";
        request.wants_body = wants_body_;
        request.closes = input.closes;
        codec_.start(0, request, 1);
        EXPECT_EQ(codec_.output(), "request");
        codec_.sent(codec_.output().size());
        break;
      }
      case Transcript::Input::Kind::kReceive:
        for (std::string_view rest = input.text; !rest.empty();) {
          const std::size_t n = std::clamp<std::size_t>(cut_(rest.size()), 1, rest.size());
          // A heap block of exactly the piece's size, so that the address sanitizer sees a read past its end; and gone
          // afterwards, so that it sees one kept too long.
          const std::unique_ptr<char[]> piece(new char[n]);
          std::copy_n(rest.begin(), n, piece.get());
          protocol::Events events;
          codec_.receive({piece.get(), n}, events);
          take(events);
          rest.remove_prefix(n);
        }
        break;
      case Transcript::Input::Kind::kEndOfInput: {
        protocol::Events events;
        codec_.end_of_input(events);
        take(events);
        break;
      }
      case Transcript::Input::Kind::kConnect:
      case Transcript::Input::Kind::kSend:
        ADD_FAILURE() << "of WebSocket";
        break;
    }
  }

  void take(const protocol::Events& events) {
    for (const auto& event : events) lines_.add(event);
  }

  const Transcript& transcript_;
  bool wants_body_;
  Cut cut_;
  Codec codec_;
  std::deque<protocol::PreparedRequest> requests_;
  protocol::EventLines lines_;
};

class Transcripts : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(Transcripts, GivesItsEventsHoweverItIsCut) {
  const Transcript transcript = load(GetParam());
  std::size_t size = 0;
  for (const auto& stretch : transcript.stretches)
    for (const auto& input : stretch.inputs) size += input.text.size();
  // Kept from one play to the next, so that heads are met both new and remembered.
  HeadMemory memory;
  for (const bool wants_body : {true, false}) {
    SCOPED_TRACE(wants_body ? "with body events" : "without body events");
    {
      SCOPED_TRACE("whole");
      Player(transcript, wants_body, memory, [](std::size_t left) { return left; }).play();
    }
    {
      SCOPED_TRACE("byte by byte");
      Player(transcript, wants_body, memory, [](std::size_t) { return 1; }).play();
    }
    for (std::uint64_t seed = 1; seed <= 50 && !HasFailure(); ++seed) {
      SCOPED_TRACE(::testing::Message() << "cut by seed " << seed);
      Random random(seed);
      // Short and long pieces, so that both edges within a line and whole answers in one piece occur.
      const std::size_t few = std::max<std::size_t>(12, size / 100);
      Player(transcript, wants_body, memory, [&](std::size_t left) {
        return random.below(2) == 0 ? 1 + random.below(few) : 1 + random.below(left);
      }).play();
    }
  }
}

std::string name_of(const ::testing::TestParamInfo<std::filesystem::path>& test) {
  std::string name = test.param.stem().string();
  std::replace_if(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Http1, Transcripts, ::testing::ValuesIn(transcripts()), name_of);

TEST(TranscriptFolder, NamesTheStandardInEveryFile) {
  const auto files = transcripts();
  EXPECT_GE(files.size(), 40U);
  for (const auto& file : files) {
    std::ifstream in(file);
    std::string first;
    std::getline(in, first);
    EXPECT_TRUE(first.starts_with("# RFC 9110 section ") || first.starts_with("# RFC 9112 section ")) << file;
  }
}

TEST(TranscriptText, SaysWhichLineIsWrong) {
  EXPECT_EQ(protocol::parse_transcript("request GET\nrecieve a\n").error().message,
            "line 2 of the transcript is not understood: recieve a");
  EXPECT_FALSE(protocol::parse_transcript("receive \\q\n").has_value());
  EXPECT_FALSE(protocol::parse_transcript("receive \\x4\n").has_value());
  EXPECT_FALSE(protocol::parse_transcript("# nothing\n").has_value());
}

}  // namespace
}  // namespace loadstone::http1
