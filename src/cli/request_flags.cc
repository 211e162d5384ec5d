#include "cli/request_flags.h"

#include "base/format.h"
#include "cli/run_flags.h"
#include "scenario/body_file.h"
#include "scenario/expectation.h"

namespace loadstone::cli {

std::vector<scenario::Header> read_headers(const std::vector<std::string>& typed, scenario::Placeholders known,
                                           Status (*check_name)(std::string_view), Usage& usage) {
  std::vector<scenario::Header> headers;
  for (const std::string& text : typed) {
    auto header = scenario::parse_header(text);
    Status ok;
    if (!header)
      ok = fail(header.error());
    else if (ok = check_name(header->name); ok)
      ok = scenario::check_placeholders(header->value, known);
    if (!ok)
      usage.mistakes.push_back(format("--header {}: {}", shown(text), ok.error().message));
    else if (scenario::same_header_name(header->name, "Content-Length"))
      usage.mistakes.emplace_back("--header: Content-Length is filled in");
    else
      headers.push_back(std::move(*header));
  }
  return headers;
}

std::string read_body(const std::string& typed, scenario::Placeholders known, Usage& usage) {
  if (!typed.starts_with('@')) return read_text(typed, "--body", known, usage);
  auto body = scenario::read_body_file(typed.substr(1));
  if (body) return std::move(*body);
  usage.mistakes.push_back("--body: " + body.error().message);
  return {};
}

std::string read_text(const std::string& typed, std::string_view flag, scenario::Placeholders known, Usage& usage) {
  if (const auto ok = scenario::check_placeholders(typed, known); !ok)
    usage.mistakes.push_back(format("{}: {}", flag, ok.error().message));
  return typed;
}

void read_targets(const std::vector<std::string>& typed, scenario::Scenario& test, Usage& usage) {
  for (const std::string& text : typed) {
    auto target = scenario::parse_expectation(text, test);
    if (target)
      test.targets.push_back(std::move(*target));
    else
      usage.mistakes.push_back(format("--slo: {}{}", target.error().message,
                                      underlined(text, target.error().offset, target.error().length)));
  }
}

}  // namespace loadstone::cli
