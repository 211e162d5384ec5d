// Plays every transcript of testdata/ whole, byte by byte, and cut at seeded random places: events and answers must be
// those of the file each time.
#include "protocol/transcript.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <sstream>

#include "base/random.h"
#include "protocol/websocket/peer_for_test.h"
#include "protocol/websocket/session.h"

namespace loadstone::websocket {
namespace {

using protocol::Transcript;

constexpr const char* kFolder = "src/protocol/websocket/testdata";
constexpr std::size_t kMaxMessage = 1U << 20;

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

std::string_view name_of(Session::State state) {
  switch (state) {
    case Session::State::kFresh:
      return "fresh";
    case Session::State::kConnecting:
      return "connecting";
    case Session::State::kOpen:
      return "open";
    case Session::State::kClosing:
      return "closing";
    case Session::State::kClosed:
      return "closed";
  }
  return "";
}

// The options of a connect line.
SessionPlan plan_of(const std::string& options) {
  SessionPlanParts parts{.target = "/chat",
                         .authority = "server.example.com",
                         .headers = {},
                         .subprotocols = {},
                         .offer = {},
                         .max_message_bytes = kMaxMessage};
  std::istringstream words(options);
  for (std::string word; words >> word;) {
    if (word == "deflate")
      parts.offer.deflate = true;
    else if (word == "client-no-takeover")
      parts.offer.client_context_takeover = false;
    else if (word == "server-no-takeover")
      parts.offer.server_context_takeover = false;
    else if (word.starts_with("protocol="))
      parts.subprotocols.push_back(word.substr(9));
    else if (word.starts_with("limit="))
      parts.max_message_bytes = std::stoul(word.substr(6));
    else
      ADD_FAILURE() << "an option that does not exist: " << word;
  }
  return make_session_plan(parts);
}

class Player {
 public:
  Player(const Transcript& transcript, Cut cut) : transcript_(transcript), cut_(std::move(cut)) {}

  void play() {
    int number = 0;
    for (const auto& stretch : transcript_.stretches) {
      SCOPED_TRACE(::testing::Message() << "stretch " << ++number);
      for (const auto& input : stretch.inputs) give(input);
      std::vector<std::string> lines = lines_.take();
      add_output(lines);
      for (const std::string& expected : stretch.expected) add_truth(expected, lines);
      EXPECT_THAT(lines, ::testing::ElementsAreArray(stretch.expected));
    }
  }

 private:
  void give(const Transcript::Input& input) {
    protocol::Events events;
    switch (input.kind) {
      case Transcript::Input::Kind::kConnect: {
        plan_ = plan_of(input.text);
        session_ = std::make_unique<Session>(plan_, randomness_);
        session_->start();
        const std::string request = session_->take_output();
        EXPECT_THAT(request, ::testing::StartsWith("GET /chat HTTP/1.1\r\n"));
        EXPECT_THAT(request, ::testing::EndsWith("\r\n\r\n"));
        break;
      }
      case Transcript::Input::Kind::kReceive:
        for (std::string_view rest = input.text; !rest.empty();) {
          const std::size_t n = std::clamp<std::size_t>(cut_(rest.size()), 1, rest.size());
          // A heap block of exactly the piece's size, so that the address sanitizer sees a read past its end; and gone
          // afterwards, so that it sees one kept too long.
          const std::unique_ptr<char[]> piece(new char[n]);
          std::copy_n(rest.begin(), n, piece.get());
          session_->receive({piece.get(), n}, events);
          take(events);
          rest.remove_prefix(n);
        }
        break;
      case Transcript::Input::Kind::kEndOfInput:
        session_->end_of_input(events);
        take(events);
        break;
      case Transcript::Input::Kind::kSend:
        send(input.text);
        break;
      case Transcript::Input::Kind::kRequest:
        ADD_FAILURE() << "no request in a session";
        break;
    }
  }

  void send(std::string_view text) {
    const std::string_view word = text.substr(0, text.find(' '));
    const std::string_view rest = text.substr(std::min(text.size(), word.size() + 1));
    if (word == "text") return session_->send_text(rest);
    if (word == "binary") return session_->send_binary(rest);
    if (word == "ping") return session_->send_ping(rest);
    ASSERT_EQ(word, "close");
    std::uint16_t code = kNoStatus;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), code);
    const auto digits = static_cast<std::size_t>(end - rest.data());
    session_->close(code, rest.substr(std::min(rest.size(), digits + 1)));
  }

  void take(protocol::Events& events) {
    for (const auto& event : events) lines_.add(event);
    events.clear();
  }

  void add_output(std::vector<std::string>& lines) {
    const std::string output = session_->take_output();
    std::string_view rest = output;
    while (const auto frame = take_client_frame(rest)) lines.push_back(sends_line(*frame));
    EXPECT_TRUE(rest.empty());
  }

  // What an expected line says of the session, as it really is.
  void add_truth(const std::string& expected, std::vector<std::string>& lines) const {
    if (expected.starts_with("state ")) lines.push_back(format("state {}", name_of(session_->state())));
    if (expected.starts_with("subprotocol")) lines.push_back(protocol::line_of("subprotocol", session_->subprotocol()));
    if (expected == "deflates" && session_->deflates()) lines.push_back("deflates");
    if (expected.starts_with("close-code ")) lines.push_back(format("close-code {}", session_->close_code()));
  }

  const Transcript& transcript_;
  Cut cut_;
  FixedRandomness randomness_;
  SessionPlan plan_;
  std::unique_ptr<Session> session_;
  protocol::EventLines lines_;
};

class SessionTranscripts : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(SessionTranscripts, GivesItsEventsHoweverItIsCut) {
  const Transcript transcript = load(GetParam());
  std::size_t size = 0;
  for (const auto& stretch : transcript.stretches)
    for (const auto& input : stretch.inputs) size += input.text.size();
  {
    SCOPED_TRACE("whole");
    Player(transcript, [](std::size_t left) { return left; }).play();
  }
  {
    SCOPED_TRACE("byte by byte");
    Player(transcript, [](std::size_t) { return 1; }).play();
  }
  for (std::uint64_t seed = 1; seed <= 50 && !HasFailure(); ++seed) {
    SCOPED_TRACE(::testing::Message() << "cut by seed " << seed);
    Random random(seed);
    // Short and long pieces, so that both edges within a header and several frames in one piece occur.
    const std::size_t few = std::max<std::size_t>(12, size / 100);
    Player(transcript, [&](std::size_t left) {
      return random.below(2) == 0 ? 1 + random.below(few) : 1 + random.below(left);
    }).play();
  }
}

std::string name_of_file(const ::testing::TestParamInfo<std::filesystem::path>& test) {
  std::string name = test.param.stem().string();
  std::replace_if(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(WebSocket, SessionTranscripts, ::testing::ValuesIn(transcripts()), name_of_file);

TEST(WebSocketTranscriptFolder, NamesTheStandardInEveryFile) {
  const auto files = transcripts();
  EXPECT_GE(files.size(), 80U);
  for (const auto& file : files) {
    std::ifstream in(file);
    std::string first;
    std::getline(in, first);
    EXPECT_TRUE(first.starts_with("# RFC 6455 section ") || first.starts_with("# RFC 7692 section ")) << file;
  }
}

}  // namespace
}  // namespace loadstone::websocket
