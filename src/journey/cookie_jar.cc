#include "journey/cookie_jar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <limits>
#include <optional>

#include "base/ascii.h"

namespace loadstone::journey {
namespace {

// Section 5.1.4.
std::string_view default_path(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos || slash == 0 ? "/" : path.substr(0, slash);
}

bool path_matches(std::string_view target, std::string_view path) {
  target = target.substr(0, target.find('?'));
  return target.starts_with(path) &&
         (target.size() == path.size() || path.ends_with('/') || target[path.size()] == '/');
}

// Section 5.1.3.
bool domain_matches(std::string_view host, std::string_view domain) {
  return host == domain ||
         (host.size() > domain.size() && host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.');
}

bool is_this_machine(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost") || host == "::1" || host.starts_with("127.");
}

// A run of digits of the given lengths at the front.
std::optional<int> digits(std::string_view text, std::size_t least, std::size_t most) {
  std::size_t n = 0;
  while (n < text.size() && text[n] >= '0' && text[n] <= '9') ++n;
  if (n < least || n > most) return std::nullopt;
  int value = 0;
  std::from_chars(text.data(), text.data() + n, value);
  return value;
}

struct Clock {
  int hour, minute, second;
};
std::optional<Clock> clock_of(std::string_view token) {
  const std::size_t first = token.find(':');
  const std::size_t second = first == std::string_view::npos ? first : token.find(':', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto h = digits(token, 1, 2);
  const auto m = digits(token.substr(first + 1), 1, 2);
  const auto s = digits(token.substr(second + 1), 1, 2);
  if (!h || !m || !s) return std::nullopt;
  return Clock{*h, *m, *s};
}

constexpr double kNever1970 = -std::numeric_limits<double>::infinity();

}  // namespace

double parse_cookie_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                        "jul", "aug", "sep", "oct", "nov", "dec"};
  std::optional<Clock> clock;
  std::optional<int> day, year;
  std::optional<unsigned> month;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" ,-\t;"), text.size());
    const std::string_view token = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (token.empty()) continue;
    if (!clock)
      if ((clock = clock_of(token))) continue;
    if (!day)
      if ((day = digits(token, 1, 2))) continue;
    if (!month) {
      const auto at = std::find(kMonths.begin(), kMonths.end(), lower(token.substr(0, 3)));
      if (at != kMonths.end()) {
        month = static_cast<unsigned>(at - kMonths.begin()) + 1;
        continue;
      }
    }
    if (!year) year = digits(token, 2, 4);
  }
  if (!clock || !day || !month || !year) return kNever1970;
  const int full_year = *year >= 100 ? *year : *year >= 70 ? *year + 1900 : *year + 2000;
  const std::chrono::year_month_day date{std::chrono::year(full_year), std::chrono::month(*month),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || full_year < 1601 || clock->hour > 23 || clock->minute > 59 || clock->second > 59) return kNever1970;
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return static_cast<double>(days) * 86400 + clock->hour * 3600 + clock->minute * 60 + clock->second;
}

void CookieJar::take(const Answer& answer, std::string_view target, const CookieHost& host, Instant now,
                     double wall_now) {
  each_field(answer.fields, [&](std::string_view field, std::string_view line) {
    if (!equals_ignoring_case(field, "set-cookie") || line.size() > kMostBytes) return;
    const std::string_view pair = line.substr(0, line.find(';'));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || trim(pair.substr(0, equals)).empty()) return;
    Cookie cookie{std::string(trim(pair.substr(0, equals))), std::string(trim(pair.substr(equals + 1))),
                  std::string(default_path(target)), kNever};
    bool is_ours = true;
    bool has_age = false;
    for (std::string_view rest = line.substr(std::min(pair.size() + 1, line.size())); !rest.empty();) {
      const std::size_t end = std::min(rest.find(';'), rest.size());
      const std::string_view attribute = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const std::string name = lower(trim(attribute.substr(0, attribute.find('='))));
      const std::size_t sign = attribute.find('=');
      const std::string_view value = sign == std::string_view::npos ? "" : trim(attribute.substr(sign + 1));
      if (name == "max-age") {
        std::int64_t seconds = 0;
        const auto [at, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
        if (error != std::errc() || at != value.data() + value.size()) continue;
        has_age = true;
        constexpr std::int64_t kYear = 366 * 86400;
        cookie.expires = seconds <= 0 ? now : now + std::chrono::seconds(std::min(seconds, kYear));
      } else if (name == "expires" && !has_age) {
        const double left = parse_cookie_date(value) - wall_now;
        if (left == kNever1970) continue;
        constexpr double kLongest = 366.0 * 86400;
        cookie.expires = left <= 0 ? now : now + from_seconds(std::min(left, kLongest));
      } else if (name == "path" && value.starts_with('/')) {
        cookie.path = value;
      } else if (name == "domain" && !value.empty()) {
        is_ours = domain_matches(host.name, lower(value.starts_with('.') ? value.substr(1) : value));
      } else if (name == "secure") {
        is_ours = is_ours && (host.is_secure || is_this_machine(host.name));
      }
    }
    if (is_ours) store(std::move(cookie), now);
  });
}

void CookieJar::store(Cookie cookie, Instant now) {
  const auto same = std::find_if(cookies_.begin(), cookies_.end(),
                                 [&](const Cookie& c) { return c.name == cookie.name && c.path == cookie.path; });
  if (cookie.expires <= now) {
    if (same != cookies_.end()) cookies_.erase(same);
    return;
  }
  if (same != cookies_.end()) {
    *same = std::move(cookie);
    return;
  }
  if (cookies_.size() >= kMost) cookies_.erase(cookies_.begin());
  cookies_.push_back(std::move(cookie));
}

std::string CookieJar::for_target(std::string_view target, Instant now) const {
  std::vector<const Cookie*> fitting;
  for (const Cookie& c : cookies_)
    if (c.expires > now && path_matches(target, c.path)) fitting.push_back(&c);
  std::stable_sort(fitting.begin(), fitting.end(),
                   [](const Cookie* a, const Cookie* b) { return a->path.size() > b->path.size(); });
  std::string out;
  for (const Cookie* c : fitting) {
    if (!out.empty()) out += "; ";
    out += c->name;
    out += '=';
    out += c->value;
  }
  return out;
}

}  // namespace loadstone::journey
