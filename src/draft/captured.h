// What of a captured request belongs in a suite: which headers are worth sending, which values are nobody's business,
// and where a body goes.
#pragma once

#include <string>
#include <string_view>

#include "draft/draft.h"

namespace loadstone::draft {

inline constexpr std::size_t kMaxInlineBody = 4096;   // bytes; a longer body goes into a file
inline constexpr std::size_t kMaxHeaderValue = 8192;  // a longer one is left out, with a note
inline constexpr std::size_t kMaxTarget = 8192;       // likewise the request
inline constexpr std::size_t kMaxHeaders = 24'576;    // bytes of all headers of a request

// Whether a header of this name says something to the service that loadstone does not say itself. Not those of one
// connection or of HTTP/2 (":path"), not those only browsers need (Sec-Fetch-Mode), and not those by which a cache
// would answer (If-None-Match).
[[nodiscard]] bool is_worth_sending(std::string_view name);

// "${NAME}", which the draft then lists for whoever runs the suite.
[[nodiscard]] std::string secret(Draft& draft, std::string name, std::string meaning);

// Adds the header as the suite shall have it; a secret becomes a variable, what cannot be sent a note of the request.
void add_header(Draft& draft, Request& request, std::string_view name, std::string_view value);

// What browsers and people leave in a URL though RFC 3986 does not know it, such as '|' and '"', percent-encoded.
[[nodiscard]] std::string strict_url(std::string_view text);

// Path and query as the suite shall have them.
[[nodiscard]] std::string captured_target(Draft& draft, std::string_view target);

// Sets the body as JSON, text or file, by what it holds; the Content-Type must be among the headers already, and is
// taken away when it is the one that `json:` brings by itself. Members and form fields with a secret name become
// variables.
void set_body(Draft& draft, const Choices& choices, Request& request, std::string_view bytes);

}  // namespace loadstone::draft
