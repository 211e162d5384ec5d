#include "draft/read.h"

#include "base/format.h"
#include "config/parse_json.h"

namespace loadstone::draft {

std::optional<config::Node> parse_document(const config::Source& source, config::Diagnostics& problems) {
  const std::string& text = source.text();
  const std::size_t first = text.find_first_not_of(" \t\n");
  if (first == std::string::npos) {
    problems.general_error("the file is empty; expected a HAR file, an OpenAPI document or a curl command");
    return std::nullopt;
  }
  if (text[first] == '{' || text[first] == '[') return config::parse_json(source, problems, kBounds);
  return config::parse(source, problems, kBounds);
}

std::optional<Form> form_of(const config::Node& root, config::Diagnostics& problems) {
  if (root.find("openapi") != nullptr) return Form::kOpenApi;
  if (const auto* log = root.find("log"); log != nullptr && log->value.kind == config::Kind::kMap) return Form::kHar;
  if (const auto* swagger = root.find("swagger"))
    problems.error(swagger->value.span, "Swagger 2.0; expected OpenAPI 3.0 or 3.1, to which converters lead");
  else
    problems.error(root.span, "expected a HAR file (`log`), an OpenAPI document (`openapi`) or a curl command");
  return std::nullopt;
}

bool is_curl(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\n\r$");
  if (first == std::string_view::npos) return false;
  text.remove_prefix(first);
  const std::string_view word = text.substr(0, text.find_first_of(" \t\n\r\\"));
  return word == "curl" || word.ends_with("/curl");
}

std::optional<Draft> from_text(const config::Source& source, std::optional<Form> form, const Choices& choices,
                               config::Diagnostics& problems) {
  if (form == Form::kCurl || (!form && is_curl(source.text()))) return from_curl(source, choices, problems);
  const auto root = parse_document(source, problems);
  if (!root) return std::nullopt;
  if (!form) form = form_of(*root, problems);
  if (!form) return std::nullopt;
  return *form == Form::kHar ? from_har(*root, choices, problems) : from_openapi(*root, choices, problems);
}

}  // namespace loadstone::draft
