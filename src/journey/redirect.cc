#include "journey/redirect.h"

#include <vector>

#include "base/format.h"

namespace loadstone::journey {
namespace {

// RFC 3986 section 5.2.4, for a path that begins with '/'.
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> segments;
  bool is_folder = false;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    is_folder = segment.empty() || segment == "." || segment == "..";
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (segment != "." && !(segment.empty() && path.empty())) {
      segments.push_back(segment);
    }
  }
  std::string out;
  for (const std::string_view segment : segments) {
    out += '/';
    out += segment;
  }
  if (is_folder || out.empty()) out += '/';
  return out;
}

}  // namespace

bool is_redirect(std::uint16_t status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool becomes_get(std::uint16_t status, std::string_view method) {
  if (status == 303) return method != "HEAD";
  return (status == 301 || status == 302) && method == "POST";
}

Result<std::string> resolve_location(std::string_view location, std::string_view target, const Url& origin) {
  location = location.substr(0, location.find('#'));
  std::string found;
  if (location.starts_with("//") || location.find("://") < location.find_first_of("/?")) {
    const auto url =
        parse_url(location.starts_with("//") ? origin.scheme + ":" + std::string(location) : std::string(location));
    if (!url) return fail(url.error());
    if (url->scheme != origin.scheme || url->host != origin.host || url->port != origin.port)
      return fail(ErrorCode::kInvalid,
                  format("redirected to {}://{}, which is another service", url->scheme, url->authority()));
    return url->target;
  }
  const std::string_view path = target.substr(0, target.find('?'));
  if (location.empty()) {
    found = target;
  } else if (location.starts_with('/')) {
    found = location;
  } else if (location.starts_with('?')) {
    found = format("{}{}", path, location);
  } else {
    const std::string_view query = location.substr(std::min(location.find('?'), location.size()));
    found = without_dots(
        format("{}/{}", path.substr(0, path.rfind('/')), location.substr(0, location.size() - query.size())));
    found += query;
  }
  if (!is_request_target(found)) return fail(ErrorCode::kInvalid, "redirected to what is no path");
  return found;
}

}  // namespace loadstone::journey
