// loadstone's own mark in a message: who published it, which one it is, when it was due. Sixty characters that JSON,
// XML and URLs carry unescaped, so that it may stand anywhere in a message, and comes back as it went if the service
// does not touch it:
//   ~lodest~  run  publisher  sequence  due  sum
//   8         8    4          16        16   8     characters; the numbers in hexadecimal digits, lower case
// The sum is CRC-32C over the 52 characters before it.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"

namespace loadstone::ledger {

struct Header {
  std::uint32_t run = 0;  // drawn for each run, so that messages of another one are known as foreign
  std::uint16_t publisher = 0;
  std::uint64_t sequence = 0;  // of the publisher, from 0
  Instant due{};               // on the steady clock of the publisher's machine

  bool operator==(const Header&) const = default;
};

inline constexpr std::size_t kHeaderBytes = 60;

// Writes kHeaderBytes characters.
void encode(const Header& header, char* out);

struct HeaderFound {
  enum class Kind : std::uint8_t {
    kNone,
    kDamaged,  // one began, and what follows is not as it was sent
    kFound,
  };
  Kind kind = Kind::kNone;
  std::string_view text;  // kFound: the header, in the message
  Header header;          // kFound
};

// The first undamaged header of the message.
[[nodiscard]] HeaderFound find_header(std::string_view message);

}  // namespace loadstone::ledger
