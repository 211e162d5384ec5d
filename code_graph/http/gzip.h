// The one door to zlib.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace code_graph::http {

// Whether an Accept-Encoding header allows gzip: named, or *, without q=0.
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);
// A gzip member with the whole of `text`; nullopt when there is no memory for it.
[[nodiscard]] std::optional<std::string> gzip(std::string_view text);

}  // namespace code_graph::http
