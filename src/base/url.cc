#include "base/url.h"

#include <algorithm>
#include <boost/url/encode.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

#include "base/ascii.h"
#include "base/format.h"

namespace loadstone {
namespace {
std::uint16_t default_port(std::string_view scheme) { return scheme == "https" || scheme == "wss" ? 443 : 80; }
}  // namespace

std::string Url::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == default_port(scheme) ? name : format("{}:{}", name, port);
}

std::string Url::text() const { return scheme + "://" + authority() + target; }

Result<Url> parse_url(std::string_view text) {
  std::string whole(text);
  if (whole.empty()) return fail(ErrorCode::kInvalid, "expected a URL such as http://127.0.0.1:8000/path");
  if (whole.find("://") == std::string::npos) whole = "http://" + whole;
  const auto parsed = boost::urls::parse_uri(whole);
  if (!parsed) return fail(ErrorCode::kInvalid, format("'{}' is not a URL: {}", text, parsed.error().message()));
  Url url;
  url.scheme = lower(parsed->scheme());
  if (url.scheme != "http" && url.scheme != "https" && url.scheme != "ws" && url.scheme != "wss")
    return fail(ErrorCode::kInvalid, format("'{}' has scheme '{}'; expected http, https, ws or wss", text, url.scheme));
  if (parsed->has_userinfo())
    return fail(ErrorCode::kInvalid, format("'{}' holds user information; send credentials in a header instead", text));
  url.host = parsed->host_type() == boost::urls::host_type::ipv6 ? std::string(parsed->host_ipv6_address().to_string())
                                                                 : std::string(parsed->host_address());
  // What an escape stands for cannot be in a host's name, but would be in the Host header: a line's end, too.
  if (parsed->encoded_host().find('%') != boost::core::string_view::npos)
    return fail(ErrorCode::kInvalid, format("'{}' has an escape in the name of its host", text));
  if (url.host.empty()) return fail(ErrorCode::kInvalid, format("'{}' names no host", text));
  url.port = default_port(url.scheme);
  if (parsed->has_port() && !parsed->port().empty()) {
    const auto digits = parsed->port();
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
    if (error != std::errc() || end != digits.data() + digits.size() || url.port == 0)
      return fail(ErrorCode::kInvalid, format("'{}' has no usable port; expected 1 to 65535", text));
  }
  const boost::core::string_view resource = parsed->encoded_resource();
  url.target = std::string(resource.data(), resource.size());
  if (const auto hash = url.target.find('#'); hash != std::string::npos) url.target.resize(hash);
  if (url.target.empty() || url.target.front() != '/') url.target.insert(0, "/");
  return url;
}

bool is_request_target(std::string_view text) {
  return !text.empty() && text.front() == '/' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
}

std::string percent_encoded(std::string_view text) { return boost::urls::encode(text, boost::urls::unreserved_chars); }

}  // namespace loadstone
