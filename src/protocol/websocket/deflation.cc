#include "protocol/websocket/deflation.h"

#include <zlib.h>

#include <algorithm>

#include "base/check.h"

namespace loadstone::websocket {
namespace {

// What every compressed message ends in, and is left out of its payload (section 7.2.1).
constexpr std::string_view kTail("\x00\x00\xff\xff", 4);

// A window of 4 KB and little memory beside it: what a load generator says is short, and there are many clients. A
// client may always use less than was negotiated.
constexpr int kMostWindowBits = 12;
constexpr int kMemoryLevel = 5;
constexpr int kLevel = 1;
// zlib has no raw window of 8 bits. With 9 it never looks back further than 512 - 262 bytes (deflate.h: MAX_DIST),
// which is within 8.
constexpr int kFewestWindowBits = 9;

Bytef* bytes_of(std::string_view text) { return reinterpret_cast<Bytef*>(const_cast<char*>(text.data())); }

}  // namespace

struct Deflation::Stream : z_stream_s {};

void Deflation::DeflateEnd::operator()(Stream* stream) const {
  deflateEnd(stream);
  delete stream;
}

void Deflation::InflateEnd::operator()(Stream* stream) const {
  inflateEnd(stream);
  delete stream;
}

Deflation::Deflation(const DeflateTerms& terms) : terms_(terms) {}
Deflation::~Deflation() = default;

void Deflation::deflate(std::string_view message, std::string& to) {
  if (message.empty()) {  // nothing to flush; section 7.2.3.6
    to.push_back('\0');
    return;
  }
  if (!out_) {
    out_.reset(new Stream{});
    const int bits = std::clamp(terms_.client_window_bits, kFewestWindowBits, kMostWindowBits);
    const int made = deflateInit2(out_.get(), kLevel, Z_DEFLATED, -bits, kMemoryLevel, Z_DEFAULT_STRATEGY);
    CHECK(made == Z_OK, "deflateInit2: {}", made);
  }
  Stream& stream = *out_;
  // zlib counts in 32 bits.
  constexpr std::size_t kPiece = std::size_t{1} << 30;
  do {
    const std::string_view piece = message.substr(0, kPiece);
    message.remove_prefix(piece.size());
    stream.next_in = bytes_of(piece);
    stream.avail_in = static_cast<uInt>(piece.size());
    // All of the output has been written only when some room is left.
    do {
      const std::size_t before = to.size();
      const std::size_t room = std::min(kPiece, deflateBound(&stream, stream.avail_in) + 16);
      to.resize(before + room);
      stream.next_out = bytes_of(to) + before;
      stream.avail_out = static_cast<uInt>(room);
      const int result = ::deflate(&stream, message.empty() ? Z_SYNC_FLUSH : Z_NO_FLUSH);
      CHECK(result == Z_OK || result == Z_BUF_ERROR, "deflate: {}", result);
      to.resize(before + room - stream.avail_out);
    } while (stream.avail_out == 0);
  } while (!message.empty());
  DCHECK(std::string_view(to).ends_with(kTail));
  to.resize(to.size() - kTail.size());
  if (!terms_.client_context_takeover) out_.reset();
}

Deflation::Outcome Deflation::inflate(std::string_view piece, std::size_t max_bytes, std::string& to) {
  if (!in_) {
    in_.reset(new Stream{});
    // Servers on an old zlib use 9 bits where they say 8.
    const int made = inflateInit2(in_.get(), -std::max(terms_.server_window_bits, kFewestWindowBits));
    CHECK(made == Z_OK, "inflateInit2: {}", made);
  }
  Stream& stream = *in_;
  stream.next_in = bytes_of(piece);
  stream.avail_in = static_cast<uInt>(piece.size());
  for (;;) {
    // One byte more than is allowed, to tell a message that just fits from one that does not.
    const std::size_t before = to.size();
    const std::size_t room = std::min(max_bytes + 1 - before, std::max<std::size_t>(256, 4 * piece.size()));
    to.resize(before + room);
    stream.next_out = bytes_of(to) + before;
    stream.avail_out = static_cast<uInt>(room);
    const int result = ::inflate(&stream, Z_SYNC_FLUSH);
    to.resize(before + room - stream.avail_out);
    if (to.size() > max_bytes) {
      to.resize(max_bytes);
      return Outcome::kTooLarge;
    }
    if (result == Z_STREAM_END) {
      // A final block does not end the message (section 7.2.3.4).
      restart_after_final_block();
      if (stream.avail_in == 0) return Outcome::kGood;
      continue;
    }
    if (result != Z_OK && result != Z_BUF_ERROR) return Outcome::kCorrupt;
    if (stream.avail_out > 0) return Outcome::kGood;
  }
}

// The next block may look back at what came before, so the window is carried over.
void Deflation::restart_after_final_block() {
  Bytef window[32768];
  uInt size = 0;
  Stream& stream = *in_;
  CHECK(inflateGetDictionary(&stream, window, &size) == Z_OK);
  CHECK(inflateReset(&stream) == Z_OK);
  CHECK(inflateSetDictionary(&stream, window, size) == Z_OK);
}

Deflation::Outcome Deflation::end_message(std::size_t max_bytes, std::string& to) {
  const Outcome outcome = inflate(kTail, max_bytes, to);
  if (outcome != Outcome::kGood) return outcome;
  // The tail is an empty block, so that the next message begins at the beginning of one (zlib.h, data_type: 128 means
  // so, and the low bits count what is left of the last byte). Otherwise a part of the message is missing.
  if ((in_->data_type & 128) == 0 || (in_->data_type & 7) != 0) return Outcome::kCorrupt;
  if (!terms_.server_context_takeover) in_.reset();
  return Outcome::kGood;
}

}  // namespace loadstone::websocket
