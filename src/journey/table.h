// Rows of data with named columns, from a CSV file or one of JSON lines. Immutable, one block of memory; reading is
// safe from several threads.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/source.h"

namespace loadstone::journey {

inline constexpr std::size_t kMaxTableBytes = std::size_t{256} << 20;  // of a data file
inline constexpr std::size_t kMaxColumns = 1000;

class Table {
 public:
  // `cells` row by row.
  class Builder;

  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }
  [[nodiscard]] std::size_t rows() const { return columns_.empty() ? 0 : (ends_.size() - 1) / columns_.size(); }
  // Valid as long as the table.
  [[nodiscard]] std::string_view cell(std::size_t row, std::size_t column) const {
    const std::size_t i = row * columns_.size() + column;
    return std::string_view(text_).substr(ends_[i], ends_[i + 1] - ends_[i]);
  }

 private:
  friend class Builder;
  std::vector<std::string> columns_;
  std::string text_;
  std::vector<std::uint32_t> ends_{0};  // in text_, of every cell; the first is 0
};

class Table::Builder {
 public:
  explicit Builder(std::vector<std::string> columns) { table_.columns_ = std::move(columns); }
  void add(std::string_view cell) {
    table_.text_ += cell;
    table_.ends_.push_back(static_cast<std::uint32_t>(table_.text_.size()));
  }
  [[nodiscard]] Table take() { return std::move(table_); }

 private:
  Table table_;
};

// A table, or what is wrong with the file, each mistake with its line under a caret.
struct TableRead {
  std::optional<Table> table;
  std::string problems;
};

// RFC 4180: the first record names the columns; fields may be quoted, and then hold commas, quotes (doubled) and line
// breaks. Every record has as many fields as there are columns; empty lines are left out.
[[nodiscard]] TableRead read_csv(const config::SharedSource& source);
// One JSON object a line (JSON Lines): its members are the columns, the same in every line. A member that is a list or
// an object is taken as JSON, null as an empty text.
[[nodiscard]] TableRead read_json_lines(const config::SharedSource& source);
// By the ending of the file's name: .csv, or .jsonl, .ndjson.
[[nodiscard]] TableRead read_table(const std::string& path);

}  // namespace loadstone::journey
