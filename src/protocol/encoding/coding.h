// How the body of an answer is encoded, by its Content-Encoding (RFC 9110 section 8.4).
#pragma once

#include <cstdint>
#include <string_view>

namespace loadstone::encoding {

enum class Coding : std::uint8_t {
  kNone,
  kGzip,
  kDeflate,  // zlib's format (RFC 1950), or as many servers have it, without its frame (RFC 1951)
  kBrotli,
  kZstd,
  kOther,  // unknown, or several one upon the other: it cannot be decoded
};

// Of the value of the field; of several fields their values in turn, each with what the ones before came to.
[[nodiscard]] Coding coding_of(std::string_view value, Coding before = Coding::kNone);
[[nodiscard]] std::string_view name_of(Coding coding);  // "gzip"

}  // namespace loadstone::encoding
