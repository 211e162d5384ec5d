#include "draft/curl_flags.h"

#include <algorithm>
#include <iterator>

namespace loadstone::draft {
namespace {

using enum CurlFlag;

constexpr CurlFlagRow kRows[] = {
    {'\0', "url", true, kUrl},
    {'X', "request", true, kMethod},
    {'H', "header", true, kHeader},
    {'d', "data", true, kData},
    {'\0', "data-ascii", true, kData},
    {'\0', "data-raw", true, kDataRaw},
    {'\0', "data-binary", true, kDataBinary},
    {'\0', "data-urlencode", true, kDataUrlencode},
    {'\0', "json", true, kJson},
    {'G', "get", false, kGet},
    {'I', "head", false, kHead},
    {'u', "user", true, kUser},
    {'\0', "oauth2-bearer", true, kBearer},
    {'b', "cookie", true, kCookie},
    {'A', "user-agent", true, kAgent},
    {'e', "referer", true, kReferer},
    {'r', "range", true, kRange},
    {'k', "insecure", false, kInsecure},
    {'\0', "compressed", false, kCompressed},
    {'m', "max-time", true, kMaxTime},
    {'\0', "connect-timeout", true, kConnectTimeout},
    {'\0', "unix-socket", true, kUnixSocket},
    {'\0', "connect-to", true, kConnectTo},
    {'\0', "http1.1", false, kHttpVersion},
    {'\0', "http2", false, kHttpVersion},
    {'\0', "http2-prior-knowledge", false, kHttpVersion},
    {'0', "http1.0", false, kHttpVersion},
    {'\0', "http0.9", false, kHttpVersion},
    {'\0', "http3", false, kHttpVersion},
    {'\0', "http3-only", false, kHttpVersion},
    {':', "next", false, kNext},
    // nothing is lost
    {'s', "silent", false, kSilent},
    {'S', "show-error", false, kSilent},
    {'v', "verbose", false, kSilent},
    {'i', "include", false, kSilent},
    {'\0', "show-headers", false, kSilent},
    {'f', "fail", false, kSilent},
    {'\0', "fail-with-body", false, kSilent},
    {'N', "no-buffer", false, kSilent},
    {'#', "progress-bar", false, kSilent},
    {'\0', "no-progress-meter", false, kSilent},
    {'O', "remote-name", false, kSilent},
    {'J', "remote-header-name", false, kSilent},
    {'g', "globoff", false, kSilent},
    {'q', "disable", false, kSilent},
    {'\0', "basic", false, kSilent},
    {'\0', "path-as-is", false, kSilent},
    {'\0', "create-dirs", false, kSilent},
    {'o', "output", true, kSilent},
    {'w', "write-out", true, kSilent},
    {'D', "dump-header", true, kSilent},
    {'c', "cookie-jar", true, kSilent},
    {'\0', "stderr", true, kSilent},
    {'\0', "trace", true, kSilent},
    {'\0', "trace-ascii", true, kSilent},
    {'\0', "trace-time", false, kSilent},
    {'\0', "output-dir", true, kSilent},
    // not carried over
    {'L', "location", false, kLeftOut},
    {'\0', "location-trusted", false, kLeftOut},
    {'\0', "max-redirs", true, kLeftOut},
    {'F', "form", true, kLeftOut},
    {'\0', "form-string", true, kLeftOut},
    {'T', "upload-file", true, kLeftOut},
    {'x', "proxy", true, kLeftOut},
    {'U', "proxy-user", true, kLeftOut},
    {'\0', "noproxy", true, kLeftOut},
    {'\0', "preproxy", true, kLeftOut},
    {'\0', "socks5", true, kLeftOut},
    {'\0', "socks5-hostname", true, kLeftOut},
    {'E', "cert", true, kLeftOut},
    {'\0', "key", true, kLeftOut},
    {'\0', "pass", true, kLeftOut},
    {'\0', "cacert", true, kLeftOut},
    {'\0', "capath", true, kLeftOut},
    {'\0', "ciphers", true, kLeftOut},
    {'\0', "tls-max", true, kLeftOut},
    {'\0', "resolve", true, kLeftOut},
    {'\0', "interface", true, kLeftOut},
    {'\0', "retry", true, kLeftOut},
    {'\0', "retry-delay", true, kLeftOut},
    {'\0', "retry-max-time", true, kLeftOut},
    {'\0', "limit-rate", true, kLeftOut},
    {'\0', "max-filesize", true, kLeftOut},
    {'\0', "aws-sigv4", true, kLeftOut},
    {'\0', "url-query", true, kLeftOut},
    {'\0', "request-target", true, kLeftOut},
    {'\0', "netrc-file", true, kLeftOut},
    {'K', "config", true, kLeftOut},
    {'C', "continue-at", true, kLeftOut},
    {'z', "time-cond", true, kLeftOut},
    {'Y', "speed-limit", true, kLeftOut},
    {'y', "speed-time", true, kLeftOut},
    {'Q', "quote", true, kLeftOut},
    {'P', "ftp-port", true, kLeftOut},
    {'t', "telnet-option", true, kLeftOut},
    {'\0', "digest", false, kLeftOut},
    {'\0', "ntlm", false, kLeftOut},
    {'\0', "negotiate", false, kLeftOut},
    {'n', "netrc", false, kLeftOut},
    {'4', "ipv4", false, kLeftOut},
    {'6', "ipv6", false, kLeftOut},
};

}  // namespace

const CurlFlagRow* find_curl_flag(char letter) {
  const auto* it = std::find_if(std::begin(kRows), std::end(kRows),
                                [&](const CurlFlagRow& row) { return row.letter == letter && letter != '\0'; });
  return it == std::end(kRows) ? nullptr : it;
}

const CurlFlagRow* find_curl_flag(std::string_view name) {
  const CurlFlagRow* begins = nullptr;
  std::size_t count = 0;
  for (const CurlFlagRow& row : kRows) {
    if (row.name == name) return &row;
    if (name.size() < 3 || !row.name.starts_with(name)) continue;
    begins = &row;
    ++count;
  }
  return count == 1 ? begins : nullptr;
}

}  // namespace loadstone::draft
