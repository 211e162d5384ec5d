#include "protocol/encoding/decoder.h"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace loadstone::encoding {
namespace {

// How much room is made at a time.
constexpr std::size_t kPiece = std::size_t{16} << 10;

// Calls `step(out, room)`, which writes at most `room` bytes at `out` and returns how many, until `is_over` says so.
// False when that would be more than there may be: one byte beyond the limit is asked for, and seen, but not kept.
template <class Step, class IsOver>
bool append(std::size_t max_bytes, std::string& to, Step step, IsOver is_over) {
  do {
    const std::size_t before = to.size();
    const std::size_t room = std::min(kPiece, max_bytes + 1 - before);
    to.resize(before + room);
    to.resize(before + step(to.data() + before, room));
    if (to.size() > max_bytes) {
      to.resize(max_bytes);
      return false;
    }
  } while (!is_over());
  return true;
}

class ZlibDecoder final : public Decoder {
 public:
  explicit ZlibDecoder(bool is_gzip) : is_gzip_(is_gzip) {}
  ~ZlibDecoder() override {
    if (is_ready_) inflateEnd(&stream_);
  }
  ZlibDecoder(const ZlibDecoder&) = delete;
  ZlibDecoder& operator=(const ZlibDecoder&) = delete;

  State decode(std::string_view bytes, std::size_t max_bytes, std::string& to) override {
    if (!is_gzip_ && !is_known_) {
      // Both bytes of a frame must be there to tell that it is one.
      first_.append(bytes);
      if (first_.size() < 2) return State::kMore;
      const auto high = static_cast<unsigned char>(first_[0]);
      const unsigned both = high * 256U + static_cast<unsigned char>(first_[1]);
      begin((high & 0x0f) == 8 && both % 31 == 0 ? MAX_WBITS : -MAX_WBITS);
      is_known_ = true;
      const std::string all = std::move(first_);
      return decode_piece(all, max_bytes, to);
    }
    if (!is_known_) {
      begin(MAX_WBITS + 16);
      is_known_ = true;
    }
    return decode_piece(bytes, max_bytes, to);
  }
  void reset() override {
    is_known_ = false;
    is_ended_ = false;
    first_.clear();
  }

 private:
  void begin(int window_bits) {
    const int result = is_ready_ ? inflateReset2(&stream_, window_bits) : inflateInit2(&stream_, window_bits);
    CHECK(result == Z_OK);
    is_ready_ = true;
  }
  State decode_piece(std::string_view bytes, std::size_t max_bytes, std::string& to) {
    while (!bytes.empty()) {
      if (is_ended_) {
        // Only of gzip may another member follow (RFC 1952 section 2.2).
        if (!is_gzip_) return State::kBroken;
        inflateReset(&stream_);
        is_ended_ = false;
      }
      const std::size_t given = std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max());
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
      stream_.avail_in = static_cast<uInt>(given);
      int result = Z_OK;
      const bool fits = append(
          max_bytes, to,
          [&](char* out, std::size_t room) {
            stream_.next_out = reinterpret_cast<Bytef*>(out);
            stream_.avail_out = static_cast<uInt>(room);
            result = inflate(&stream_, Z_NO_FLUSH);
            return room - stream_.avail_out;
          },
          // With room left it has given all it could.
          [&] { return result != Z_OK || stream_.avail_out > 0; });
      if (!fits) return State::kTooLarge;
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) return State::kBroken;
      is_ended_ = result == Z_STREAM_END;
      bytes.remove_prefix(given - stream_.avail_in);
      if (!is_ended_ && stream_.avail_in > 0) return State::kBroken;
    }
    return is_ended_ ? State::kComplete : State::kMore;
  }

  const bool is_gzip_;
  z_stream stream_{};
  bool is_ready_ = false;  // the stream is
  bool is_known_ = false;  // its format is
  bool is_ended_ = false;
  std::string first_;  // what came before the format was known
};

class BrotliDecoder final : public Decoder {
 public:
  BrotliDecoder() { reset(); }
  ~BrotliDecoder() override { BrotliDecoderDestroyInstance(state_); }
  BrotliDecoder(const BrotliDecoder&) = delete;
  BrotliDecoder& operator=(const BrotliDecoder&) = delete;

  State decode(std::string_view bytes, std::size_t max_bytes, std::string& to) override {
    std::size_t left = bytes.size();
    const auto* in = reinterpret_cast<const std::uint8_t*>(bytes.data());
    if (BrotliDecoderIsFinished(state_) != BROTLI_FALSE) return left == 0 ? State::kComplete : State::kBroken;
    BrotliDecoderResult result = BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT;
    const bool fits = append(
        max_bytes, to,
        [&](char* out, std::size_t room) {
          std::size_t unused = room;
          auto* next = reinterpret_cast<std::uint8_t*>(out);
          result = BrotliDecoderDecompressStream(state_, &left, &in, &unused, &next, nullptr);
          return room - unused;
        },
        [&] { return result != BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT; });
    if (!fits) return State::kTooLarge;
    if (result == BROTLI_DECODER_RESULT_ERROR || left > 0) return State::kBroken;
    return result == BROTLI_DECODER_RESULT_SUCCESS ? State::kComplete : State::kMore;
  }
  void reset() override {
    // It cannot be used again.
    if (state_ != nullptr) BrotliDecoderDestroyInstance(state_);
    state_ = BrotliDecoderCreateInstance(nullptr, nullptr, nullptr);
    CHECK(state_ != nullptr);
  }

 private:
  BrotliDecoderState* state_ = nullptr;
};

class ZstdDecoder final : public Decoder {
 public:
  ZstdDecoder() : stream_(ZSTD_createDStream()) {
    CHECK(stream_ != nullptr);
    // RFC 9659: a content coding needs no larger window, and may have none.
    constexpr int kWindowLog = 23;
    ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kWindowLog);
  }
  ~ZstdDecoder() override { ZSTD_freeDStream(stream_); }
  ZstdDecoder(const ZstdDecoder&) = delete;
  ZstdDecoder& operator=(const ZstdDecoder&) = delete;

  State decode(std::string_view bytes, std::size_t max_bytes, std::string& to) override {
    ZSTD_inBuffer in{bytes.data(), 0, 0};
    while (in.pos < bytes.size()) {
      bool is_full = false;
      const std::size_t before = in.pos;
      in.size = given_ < kMagicBytes ? before + 1 : bytes.size();
      const bool fits = append(
          max_bytes, to,
          [&](char* out, std::size_t room) {
            ZSTD_outBuffer into{out, room, 0};
            hint_ = ZSTD_decompressStream(stream_, &into, &in);
            is_full = into.pos == into.size;
            return into.pos;
          },
          // Several frames may follow each other. This one is over, or with room left it has given all it could of it.
          [&] { return ZSTD_isError(hint_) != 0 || hint_ == 0 || !is_full; });
      if (ZSTD_isError(hint_) != 0) return State::kBroken;
      if (!fits) return State::kTooLarge;
      given_ = hint_ == 0 ? 0 : given_ + (in.pos - before);
    }
    return hint_ == 0 ? State::kComplete : State::kMore;
  }
  void reset() override {
    ZSTD_DCtx_reset(stream_, ZSTD_reset_session_only);
    hint_ = 1;
    given_ = 0;
  }

 private:
  // The library may know formats from before RFC 8878, but only by a magic number that it gets at once. Given it byte
  // by byte it knows the one that is allowed, however a body is cut.
  static constexpr std::size_t kMagicBytes = 4;
  ZSTD_DStream* stream_;
  std::size_t hint_ = 1;   // 0: a frame has ended
  std::size_t given_ = 0;  // bytes of the frame
};

}  // namespace

std::unique_ptr<Decoder> make_decoder(Coding coding) {
  switch (coding) {
    case Coding::kGzip:
    case Coding::kDeflate:
      return std::make_unique<ZlibDecoder>(coding == Coding::kGzip);
    case Coding::kBrotli:
      return std::make_unique<BrotliDecoder>();
    case Coding::kZstd:
      return std::make_unique<ZstdDecoder>();
    case Coding::kNone:
    case Coding::kOther:
      break;
  }
  return nullptr;
}

}  // namespace loadstone::encoding
