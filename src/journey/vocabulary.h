// The names that may stand in {{ }} in a journey, and what each stands for. Names of variables come in the order in
// which steps set them; columns of data files are "file.column"; the rest are words of loadstone's own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "journey/table.h"

namespace loadstone::journey {

struct Word {
  enum class Kind : std::uint8_t {
    kVariable,   // what a step has extracted
    kCell,       // of this journey's row of a data file
    kRequestId,  // the number of the request, unique in the run
    kUnique,     // a number that no other journey of the run has
    kUser,       // the number of the user, from 1
    kRandom,     // a whole number, anew wherever it stands
  };
  Kind kind = Kind::kVariable;
  std::uint32_t slot = 0;            // kVariable
  std::uint32_t file = 0;            // kCell
  std::uint32_t column = 0;          // likewise
  std::uint64_t low = 0;             // kRandom: the least
  std::uint64_t high = 999'999'999;  // likewise: the greatest
};

class Vocabulary {
 public:
  // A data file; its name comes before the names of its columns. Without a table, of a file that could not be read, any
  // column counts as known.
  void add_file(std::string name, std::shared_ptr<const Table> table);
  // The variable of that name, made when it is new. `name` must be one: see is_name().
  std::uint32_t add_variable(std::string_view name);
  // Variables that are not among `slots` are unknown from now on, until added again: those of other journeys.
  void forget_variables() { known_.clear(); }

  // What the inside of {{ }} means; the error says what is known, or the nearest word.
  [[nodiscard]] Result<Word> meaning(std::string_view inside) const;
  [[nodiscard]] std::uint32_t variables() const { return static_cast<std::uint32_t>(names_.size()); }

  // A letter, then letters, digits and '_'.
  [[nodiscard]] static bool is_name(std::string_view text);
  // Whether a variable or file of this name would hide a word of ours, or a file.
  [[nodiscard]] bool is_taken(std::string_view name) const;

 private:
  struct File {
    std::string name;
    std::shared_ptr<const Table> table;
  };
  std::vector<std::string> names_;  // by slot
  std::vector<std::uint32_t> known_;
  std::vector<File> files_;
};

}  // namespace loadstone::journey
