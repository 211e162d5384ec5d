#include "journey/lookup.h"

#include "base/format.h"

namespace loadstone::journey {
namespace {

constexpr std::string_view kExpected =
    "expected where to look in the answer: /a/json/pointer, 'header NAME', 're:PATTERN', 'body' or 'status'";

std::string_view take_word(std::string_view& text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  while (text.starts_with(' ')) text.remove_prefix(1);
  return word;
}

}  // namespace

Result<Lookup> Lookup::take(std::string_view& text) {
  Lookup lookup;
  while (text.starts_with(' ')) text.remove_prefix(1);
  const std::string_view whole = text;
  if (whole.starts_with("re:")) {
    auto pattern = Pattern::compile(whole.substr(3));
    if (!pattern) return fail(pattern.error());
    if (pattern->groups() < 1)
      return fail(ErrorCode::kInvalid, "the pattern needs a group (in round brackets) around what is wanted");
    lookup.where_ = std::make_shared<const Pattern>(std::move(*pattern));
    lookup.text_ = whole;
    text = {};
    return lookup;
  }
  const std::string_view word = take_word(text);
  lookup.text_ = word;
  if (word.starts_with('/')) {
    auto pointer = JsonPointer::parse(word);
    if (!pointer) return fail(pointer.error());
    lookup.where_ = std::move(*pointer);
  } else if (word == "header") {
    const std::string_view name = take_word(text);
    if (name.empty()) return fail(ErrorCode::kInvalid, "the name of the header is missing");
    lookup.text_ += format(" {}", name);
    lookup.where_ = Field{std::string(name)};
  } else if (word == "body") {
    lookup.where_ = Body{};
  } else if (word == "status") {
    lookup.where_ = Status{};
  } else {
    return fail(ErrorCode::kInvalid, std::string(kExpected));
  }
  return lookup;
}

Result<Lookup> Lookup::parse(std::string_view text) {
  auto lookup = take(text);
  if (lookup && !text.empty()) return fail(ErrorCode::kInvalid, std::string(kExpected));
  return lookup;
}

std::optional<std::string_view> Lookup::find(const Answer& answer, std::string& scratch) const {
  if (const auto* pointer = std::get_if<JsonPointer>(&where_)) return pointer->find_any(answer.body, scratch);
  if (const auto* field = std::get_if<Field>(&where_)) return find_field(answer.fields, field->name);
  if (const auto* pattern = std::get_if<std::shared_ptr<const Pattern>>(&where_))
    return (*pattern)->first_group(answer.body);
  if (std::holds_alternative<Body>(where_)) return answer.body;
  scratch = std::to_string(answer.status);
  return scratch;
}

bool Lookup::needs_body() const {
  return !std::holds_alternative<Field>(where_) && !std::holds_alternative<Status>(where_);
}

}  // namespace loadstone::journey
