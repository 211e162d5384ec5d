// What transcripts do not show of the codec's events.
#include "protocol/http1/codec.h"

#include <gtest/gtest.h>

#include <string>

namespace loadstone::http1 {
namespace {

using encoding::Coding;

// The coding that the event of the head says, when the answer is met for the first time and again.
Coding coding_said(const std::string& fields) {
  HeadMemory memory;
  Coding said[2]{};
  for (Coding& one : said) {
    Codec codec(memory);
    protocol::PreparedRequest request;
    codec.start(0, request, 1);
    protocol::Events events;
    codec.receive("HTTP/1.1 200 OK\r\n" + fields + "Content-Length: 0\r\n\r\n", events);
    EXPECT_FALSE(events.empty()) << fields;
    if (!events.empty()) one = events.front().coding;
  }
  EXPECT_EQ(said[0], said[1]);
  return said[0];
}

TEST(Codec, SaysWithTheHeadHowTheBodyIsEncoded) {
  EXPECT_EQ(coding_said(""), Coding::kNone);
  EXPECT_EQ(coding_said("Content-Encoding: gzip\r\n"), Coding::kGzip);
  EXPECT_EQ(coding_said("content-encoding:  BR \r\n"), Coding::kBrotli);
  EXPECT_EQ(coding_said("Content-Encoding: gzip\r\nContent-Encoding: br\r\n"), Coding::kOther);
  EXPECT_EQ(coding_said("Content-Encodings: gzip\r\nX-Content-Encoding: gzip\r\n"), Coding::kNone);
}

}  // namespace
}  // namespace loadstone::http1
