// The flags of curl that say something about a request, and those that take a value, so that the value is not taken for
// a URL. After curl 8's manual page.
#pragma once

#include <cstdint>
#include <string_view>

namespace loadstone::draft {

enum class CurlFlag : std::uint8_t {
  kUrl,
  kMethod,
  kHeader,
  kData,           // --data, --data-ascii: @FILE without its line breaks
  kDataRaw,        // no meaning of @
  kDataBinary,     // @FILE as it is
  kDataUrlencode,  // content, =content, name=content; @FILE
  kJson,
  kGet,
  kHead,
  kUser,
  kBearer,
  kCookie,
  kAgent,
  kReferer,
  kRange,
  kInsecure,
  kCompressed,
  kMaxTime,
  kConnectTimeout,
  kUnixSocket,
  kConnectTo,
  kHttpVersion,  // --http1.1, --http2 and the like: the last of them counts
  kSilent,       // about curl's own output and waiting; nothing is lost without it
  kLeftOut,      // known, but not carried over: a suite has nothing like it, or looks for the file in another folder
  kNext,         // another request begins
};

struct CurlFlagRow {
  char letter;            // '\0': none
  std::string_view name;  // without the dashes
  bool takes_value;
  CurlFlag flag;
};

// nullptr: unknown. Long names may be shortened as far as they are unique, as curl allows.
[[nodiscard]] const CurlFlagRow* find_curl_flag(char letter);
[[nodiscard]] const CurlFlagRow* find_curl_flag(std::string_view name);

}  // namespace loadstone::draft
