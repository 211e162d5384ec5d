// What a client gave for the parameters of a route, checked.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "code_graph/graph/kinds.h"
#include "code_graph/http/parameter.h"

namespace code_graph::http {

// "query", "limit". A number is a place in a text or an array; a name is text even when it is all digits.
using Step = std::variant<std::string, std::uint64_t>;

// What is wrong with one input, in the words that clients of pydantic 2 know.
struct Violation {
  std::string type;  // "int_parsing"
  std::vector<Step> where;
  std::string message;
  std::string input = "null";  // JSON
  std::string more = {};       // JSON of `ctx`; empty: none
};
// {"detail":[{"type":…,"loc":[…],"msg":…,"input":…,"ctx":{…}}]}
[[nodiscard]] std::string violations_json(const std::vector<Violation>& violations);

class Values {
 public:
  explicit Values(std::span<const Parameter> parameters) : parameters_(parameters), slots_(parameters.size()) {}

  // By the name in the table; the kinds must agree. What is not given reads as its fallback, else as 0 or empty.
  [[nodiscard]] bool has(std::string_view name) const { return slot(name).given; }
  [[nodiscard]] std::uint32_t integer(std::string_view name) const;
  [[nodiscard]] double number(std::string_view name) const { return slot(name).number; }
  [[nodiscard]] bool boolean(std::string_view name) const { return slot(name).number != 0; }
  [[nodiscard]] const std::string& text(std::string_view name) const { return slot(name).text; }
  [[nodiscard]] const std::vector<std::string>& texts(std::string_view name) const { return slot(name).texts; }
  [[nodiscard]] const std::string& json(std::string_view name) const { return slot(name).text; }

  [[nodiscard]] std::span<const Parameter> parameters() const { return parameters_; }

 private:
  friend class Intake;
  struct Slot {
    bool given = false;
    double number = 0;
    std::string text;
    std::string under;  // the name it was given by: an alias, perhaps
    std::vector<std::string> texts;
  };
  [[nodiscard]] const Slot& slot(std::string_view name) const;

  std::span<const Parameter> parameters_;
  std::vector<Slot> slots_;
};

// Fills in Values from what came, and notes what is wrong with it. One for each request.
class Intake {
 public:
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  explicit Intake(Values& values) : values_(values) {}

  void take_path(std::string_view name, std::string_view text);
  // Decoded pairs. Unknown names are passed over, or refused when `strict`; so are two different values for one thing.
  void take_query(const Pairs& pairs, bool strict);
  // The text of a body: a JSON object, or nothing at all when no parameter is required to be there. (body.cc)
  void take_body(std::string_view body);
  // Sets what was not given to its fallback; notes what is required and missing.
  void finish();

  [[nodiscard]] const std::vector<Violation>& violations() const { return violations_; }
  [[nodiscard]] bool good() const { return violations_.empty(); }

 private:
  using Where = std::vector<Step>;
  [[nodiscard]] int find(std::string_view name, bool in_body) const;
  void note(std::string_view type, Where where, std::string message, std::string input, std::string more = {});
  void set_from_text(int i, const Where& where, const std::string& under, std::string_view text, bool strict);
  void set_number(int i, const Where& where, double number, const std::string& input);
  void set_text(int i, const Where& where, std::string_view text, const std::string& input);
  bool add_text(int i, const Where& where, std::string_view text, const std::string& input);

  Values& values_;
  std::vector<Violation> violations_;
  std::string body_json_ = "null";
  bool has_body_ = false;
};

// The JSON text of a string.
[[nodiscard]] std::string quoted(std::string_view text);
// The types of edges that the words name; all when there are none.
[[nodiscard]] graph::EdgeTypes edge_types_of(const std::vector<std::string>& words);

}  // namespace code_graph::http
