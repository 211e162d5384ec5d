// Where in an answer something stands: "/results/0/id", "header Location", "re:id=([0-9]+)", "body", "status".
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/json_pointer.h"
#include "base/pattern.h"
#include "base/result.h"
#include "journey/answer.h"

namespace loadstone::journey {

// Cheap to copy; reading is safe from several threads.
class Lookup {
 public:
  // What stands at the front of `text`, and is taken off it. A pattern takes the whole text.
  [[nodiscard]] static Result<Lookup> take(std::string_view& text);
  // All of `text`.
  [[nodiscard]] static Result<Lookup> parse(std::string_view text);

  // What stands there; into `answer`, or into `scratch` where it had to be put together. Nothing when it is missing.
  [[nodiscard]] std::optional<std::string_view> find(const Answer& answer, std::string& scratch) const;

  [[nodiscard]] const std::string& text() const { return text_; }  // as written
  [[nodiscard]] bool needs_body() const;
  [[nodiscard]] bool needs_fields() const { return std::holds_alternative<Field>(where_); }
  [[nodiscard]] bool needs_status() const { return std::holds_alternative<Status>(where_); }

 private:
  struct Status {};
  struct Body {};
  struct Field {
    std::string name;
  };
  std::string text_;
  std::variant<Status, Body, Field, JsonPointer, std::shared_ptr<const Pattern>> where_;
};

}  // namespace loadstone::journey
