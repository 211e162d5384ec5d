// The cookies that one user has from one service (RFC 6265), as far as one host needs them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "journey/answer.h"

namespace loadstone::journey {

// Where the cookies come from and go to. Over plain HTTP a cookie marked Secure is kept only for this machine itself,
// as browsers have it.
struct CookieHost {
  std::string name;  // lower case
  bool is_secure = false;
};

class CookieJar {
 public:
  static constexpr std::size_t kMost = 50;         // RFC 6265 section 6.1; beyond it the oldest goes
  static constexpr std::size_t kMostBytes = 4096;  // of one cookie; a larger one is left out

  // Takes what Set-Cookie lines say. `target` is that of the request; `wall_now` in seconds since 1970, for Expires.
  void take(const Answer& answer, std::string_view target, const CookieHost& host, Instant now, double wall_now);
  // "a=1; b=2" for a request, the longest path first; empty when there is none for it.
  [[nodiscard]] std::string for_target(std::string_view target, Instant now) const;
  [[nodiscard]] bool empty() const { return cookies_.empty(); }
  void clear() { cookies_.clear(); }

 private:
  struct Cookie {
    std::string name;
    std::string value;
    std::string path;
    Instant expires;
  };
  void store(Cookie cookie, Instant now);

  std::vector<Cookie> cookies_;  // in the order in which they came first
};

// "Wed, 21 Oct 2015 07:28:00 GMT" and its older forms, as seconds since 1970 (RFC 6265 section 5.1.1); negative
// infinity when it is no date.
[[nodiscard]] double parse_cookie_date(std::string_view text);

}  // namespace loadstone::journey
