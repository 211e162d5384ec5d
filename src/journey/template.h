// A text with {{words}} in it that differ from one request to the next.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "journey/vocabulary.h"

namespace loadstone::journey {

// What the words stand for just now. Views must last for the call.
struct Values {
  std::span<const std::string> variables;     // by slot
  std::span<const std::string_view> cells;    // of this journey's rows, one file after the other
  std::span<const std::uint32_t> first_cell;  // where each file's cells begin
  std::uint64_t request_id = 0;
  std::uint64_t unique = 0;
  std::uint64_t user = 0;
  Random* random = nullptr;
};

// How a value is written so that it stays one where it stands.
enum class Escape : std::uint8_t {
  kNone,    // as it is
  kTarget,  // of a path or a query: percent-encoded but for unreserved characters
  kField,   // the value of a header: what would end the line becomes a blank
  kJson,    // within a JSON string
  kForm,    // within application/x-www-form-urlencoded
};
void append_escaped(std::string& out, std::string_view value, Escape escape);

class Template {
 public:
  struct Piece {
    std::string literal;  // comes before the word
    bool has_word = false;
    bool is_raw = false;  // {{raw:name}}: not escaped, and in JSON without the quotes around it
    Word word;
  };

  Template() = default;
  explicit Template(std::vector<Piece> pieces) : pieces_(std::move(pieces)) {}
  // What is no word in {{ }} stays as it is (a template language's own braces); a word that is not known is an error,
  // unless `keeps_unknown`: then it stays too. In JSON "{{raw:name}}" loses its quotes.
  struct Rules {
    bool is_json = false;
    bool keeps_unknown = false;
  };
  [[nodiscard]] static Result<Template> parse(std::string_view text, const Vocabulary& vocabulary, Rules rules);
  [[nodiscard]] static Result<Template> parse(std::string_view text, const Vocabulary& vocabulary) {
    return parse(text, vocabulary, Rules{});
  }

  // Of a text whose mistakes have been reported: what is no word stays as it is.
  [[nodiscard]] static Template of_checked(std::string_view text, const Vocabulary& vocabulary, bool is_json = false);

  [[nodiscard]] bool is_literal() const { return pieces_.size() <= 1 && (pieces_.empty() || !pieces_[0].has_word); }
  // The last one may be without a word.
  [[nodiscard]] const std::vector<Piece>& pieces() const { return pieces_; }
  // Appends the text with every word filled in.
  void append(std::string& out, const Values& values, Escape escape) const;

 private:
  std::vector<Piece> pieces_;
};

// Appends what a word stands for.
void append_word(std::string& out, const Template::Piece& piece, const Values& values, Escape escape);

}  // namespace loadstone::journey
