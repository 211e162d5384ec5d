#include "base/pattern.h"

#include <re2/re2.h>

#include "base/format.h"

namespace loadstone {
namespace {

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

Result<Pattern> Pattern::compile(std::string_view text) {
  if (text.empty()) return fail(ErrorCode::kInvalid, "the pattern is missing");
  if (text.size() > kMaxLength)
    return fail(ErrorCode::kInvalid, format("a pattern may be at most {} letters long", kMaxLength));
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_encoding(re2::RE2::Options::EncodingLatin1);  // bytes: a binary message must not fail to match
  auto compiled = std::make_unique<re2::RE2>(piece(text), options);
  if (!compiled->ok()) return fail(ErrorCode::kInvalid, format("not a regular expression: {}", compiled->error()));
  return Pattern(std::move(compiled));
}

Pattern::Pattern(std::unique_ptr<re2::RE2> compiled) : compiled_(std::move(compiled)) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

bool Pattern::matches(std::string_view text) const { return re2::RE2::PartialMatch(piece(text), *compiled_); }

std::optional<std::string_view> Pattern::first_group(std::string_view text) const {
  re2::StringPiece found[2];
  if (groups() < 1 || !compiled_->Match(piece(text), 0, text.size(), re2::RE2::UNANCHORED, found, 2)) return {};
  if (found[1].data() == nullptr) return {};
  return std::string_view(found[1].data(), found[1].size());
}

int Pattern::groups() const { return compiled_->NumberOfCapturingGroups(); }

}  // namespace loadstone
