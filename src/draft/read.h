// A source of whatever form to a draft: a URL, a recording (HAR 1.2), a description (OpenAPI 3.0 or 3.1), a command
// (curl). Pure functions of texts; mistakes are reported at their places, and then there is no draft.
#pragma once

#include <optional>
#include <string_view>

#include "config/diagnostic.h"
#include "config/node.h"
#include "config/parse.h"
#include "draft/draft.h"

namespace loadstone::draft {

inline constexpr std::size_t kMaxSource = std::size_t{64} << 20;  // bytes; recordings hold what was answered
inline constexpr config::Bounds kBounds{.nodes = 3'000'000, .depth = 500, .text_bytes = kMaxSource};

enum class Form : std::uint8_t { kHar, kOpenApi, kCurl };

// Reads JSON, or YAML where it is none.
[[nodiscard]] std::optional<config::Node> parse_document(const config::Source& source, config::Diagnostics& problems);

// What a document is; reports when it is none of them.
[[nodiscard]] std::optional<Form> form_of(const config::Node& root, config::Diagnostics& problems);
// Whether a text is a command line for curl.
[[nodiscard]] bool is_curl(std::string_view text);

[[nodiscard]] std::optional<Draft> from_url(std::string_view url, const Choices& choices,
                                            config::Diagnostics& problems);
[[nodiscard]] std::optional<Draft> from_har(const config::Node& root, const Choices& choices,
                                            config::Diagnostics& problems);
[[nodiscard]] std::optional<Draft> from_openapi(const config::Node& root, const Choices& choices,
                                                config::Diagnostics& problems);
[[nodiscard]] std::optional<Draft> from_curl(const config::Source& source, const Choices& choices,
                                             config::Diagnostics& problems);

// By its form, or by what it holds.
[[nodiscard]] std::optional<Draft> from_text(const config::Source& source, std::optional<Form> form,
                                             const Choices& choices, config::Diagnostics& problems);

}  // namespace loadstone::draft
