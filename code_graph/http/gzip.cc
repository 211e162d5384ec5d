#include "code_graph/http/gzip.h"

#include <zlib.h>

#include <cstdlib>

#include "serve/request.h"

namespace code_graph::http {
namespace {

constexpr int kLevel = 1;  // JSON shrinks to a tenth at once; higher levels cost several times the processor for little
constexpr int kGzipWindow = 15 + 16;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

bool accepts_gzip(std::string_view header) {
  bool any = false;
  bool named = false;
  bool named_allows = false;
  while (!header.empty()) {
    const std::size_t comma = std::min(header.find(','), header.size());
    std::string_view one = header.substr(0, comma);
    header.remove_prefix(std::min(comma + 1, header.size()));
    const std::size_t semicolon = std::min(one.find(';'), one.size());
    const std::string_view coding = trimmed(one.substr(0, semicolon));
    std::string_view rest = trimmed(one.substr(std::min(semicolon + 1, one.size())));
    bool allowed = true;
    if (rest.size() > 2 && (rest[0] == 'q' || rest[0] == 'Q') && rest[1] == '=')
      allowed = std::strtod(std::string(rest.substr(2)).c_str(), nullptr) > 0;
    if (serve::same_token(coding, "gzip") || serve::same_token(coding, "x-gzip")) {
      named = true;
      named_allows = allowed;
    } else if (coding == "*") {
      any = allowed;
    }
  }
  return named ? named_allows : any;
}

std::optional<std::string> gzip(std::string_view text) {
  z_stream stream{};
  if (deflateInit2(&stream, kLevel, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) return std::nullopt;
  std::string out;
  out.resize(deflateBound(&stream, text.size()));
  // zlib does not write to what it reads.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) return std::nullopt;
  return out;
}

}  // namespace code_graph::http
