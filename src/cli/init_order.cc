#include "cli/init_order.h"

#include <algorithm>
#include <filesystem>

#include "base/format.h"
#include "base/url.h"
#include "config/diagnostic.h"
#include "scenario/values.h"

namespace loadstone::cli {
namespace {

namespace fs = std::filesystem;

// "localhost:8000/x" is a URL too; a word without a port may as well be a file that is not there.
bool is_url(const std::string& text) {
  std::error_code ignored;
  if (text.find("://") != std::string::npos) return true;
  if (fs::exists(text, ignored)) return false;
  const std::size_t colon = text.find(':');
  return colon != std::string::npos && colon + 1 < text.size() && text[colon + 1] >= '0' && text[colon + 1] <= '9' &&
         parse_url(text).has_value();
}

// The positional argument; what it is shows by itself.
void read_source(const std::string& text, InitOrder& order) {
  order.text = text;
  if (text == "-") {
    order.source = SourceKind::kInput;
  } else if (draft::is_curl(text) && text.find(' ') != std::string::npos) {
    order.source = SourceKind::kText;
    order.form = draft::Form::kCurl;
  } else {
    order.source = is_url(text) ? SourceKind::kUrl : SourceKind::kFile;
  }
}

void check_url(const std::optional<std::string>& text, std::string_view flag, Usage& usage) {
  if (!text) return;
  if (const auto url = parse_url(*text); !url)
    usage.mistakes.push_back(format("{} {}", flag, url.error().message));
  else if (url->scheme == "ws" || url->scheme == "wss")
    usage.mistakes.push_back(format("{} {}: expected http or https", flag, config::quoted(*text)));
}

}  // namespace

tl::expected<InitOrder, Usage> parse_init(Arguments arguments) {
  Flags flags("init", "[SOURCE] [FLAGS]",
              "Drafts a suite from what you have, to be read and changed: a URL, a HAR file that a browser saved, an "
              "OpenAPI document, or a curl command as browsers copy it. Sends nothing. Secrets become variables of the "
              "environment.");
  std::vector<std::string> sources;
  std::optional<std::string> har, openapi, curl, out, origin, target;
  InitOrder order;
  flags.positionals(sources, "SOURCE", "A URL, a file, a curl command in quotes, or - for standard input");
  flags.value(har, "--har", "FILE", "A HAR file");
  flags.value(openapi, "--openapi", "FILE", "An OpenAPI 3.0 or 3.1 document, JSON or YAML");
  flags.value(curl, "--curl", "COMMAND", "A curl command");
  flags.group("Choice");
  flags.value(origin, "--origin", "URL", "Of a HAR file: whose requests to take (the most frequent origin)");
  flags.value(target, "--target", "URL", "Of an OpenAPI document: instead of its first server");
  flags.flag(order.choices.all, "--all",
             "Of an OpenAPI document: all operations, not only GET and HEAD of paths that are known");
  flags.group("Output");
  flags.value(out, "-o,--out", "FILE", "The suite (suite.yaml), or - for standard output");
  flags.flag(order.force, "--force", "Write over files that are there");
  Usage usage = flags.parse(arguments);
  if (!usage.help.empty()) return tl::unexpected(usage);

  const auto given = static_cast<std::size_t>(har.has_value()) + static_cast<std::size_t>(openapi.has_value()) +
                     static_cast<std::size_t>(curl.has_value()) + sources.size();
  if (given != 1 && usage.mistakes.empty())
    usage.mistakes.emplace_back(given == 0
                                    ? "expected a SOURCE: a URL, a HAR file, an OpenAPI document or a curl command"
                                    : "expected one source");
  if (!sources.empty()) read_source(sources.front(), order);
  for (const auto& [file, form] : {std::pair{har, draft::Form::kHar}, std::pair{openapi, draft::Form::kOpenApi}}) {
    if (!file) continue;
    order.source = *file == "-" ? SourceKind::kInput : SourceKind::kFile;
    order.text = *file;
    order.form = form;
  }
  if (curl) {
    order.source = *curl == "-" ? SourceKind::kInput : SourceKind::kText;
    order.text = *curl;
    order.form = draft::Form::kCurl;
  }
  check_url(origin, "--origin", usage);
  check_url(target, "--target", usage);
  if (!usage.mistakes.empty()) return tl::unexpected(usage);

  order.out = out.value_or(order.out);
  order.choices.origin = origin.value_or("");
  order.choices.target = target.value_or("");
  order.choices.name =
      order.source == SourceKind::kInput ? "of standard input" : fs::path(order.text).filename().string();
  order.choices.body_prefix =
      order.out == "-" ? "suite" : scenario::safe_file_name(fs::path(order.out).stem().string());
  return order;
}

}  // namespace loadstone::cli
