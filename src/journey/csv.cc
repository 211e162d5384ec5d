#include <algorithm>

#include "base/ascii.h"
#include "base/format.h"
#include "config/diagnostic.h"
#include "journey/table.h"

namespace loadstone::journey {
namespace {

using config::Span;

struct Cell {
  std::string_view text;  // into the source, or into CsvReader::unquoted_ until the next record
  Span span;              // as written
};

// Cuts a text into records, one at a time.
class CsvReader {
 public:
  CsvReader(std::string_view text, config::Diagnostics& problems) : text_(text), problems_(problems) {}

  // The next record that is not an empty line; false at the end, or when the rest cannot be told apart.
  bool next(std::vector<Cell>& record) {
    record.clear();
    quoted_.clear();
    while (at_ < text_.size() && text_[at_] == '\n') ++at_;
    if (at_ >= text_.size()) return false;
    while (true) {
      if (!take_cell(record)) return false;
      if (at_ >= text_.size()) break;
      const char separator = text_[at_++];
      if (separator == '\n') break;
    }
    // Only now: what grows may have moved.
    for (const auto& [index, from, length] : quoted_)
      record[index].text = std::string_view(unquoted_).substr(from, length);
    return true;
  }

 private:
  struct Quoted {
    std::size_t index, from, length;
  };

  // Up to the comma, the line break or the end that follows.
  bool take_cell(std::vector<Cell>& record) {
    const std::size_t begin = at_;
    if (record.empty()) unquoted_.clear();
    if (at_ < text_.size() && text_[at_] == '"') return take_quoted(record);
    at_ = std::min(text_.find_first_of(",\n\"", at_), text_.size());
    if (at_ < text_.size() && text_[at_] == '"') {
      problems_.error({at_, 1}, "a quote within a field; a field that holds one stands in quotes, and it is doubled");
      at_ = std::min(text_.find_first_of(",\n", at_), text_.size());
    }
    record.push_back({text_.substr(begin, at_ - begin), {begin, at_ - begin}});
    return true;
  }

  bool take_quoted(std::vector<Cell>& record) {
    const std::size_t begin = at_++;
    const std::size_t from = unquoted_.size();
    while (true) {
      const std::size_t quote = text_.find('"', at_);
      if (quote == std::string_view::npos) {
        problems_.error({begin, 1}, "the quote is never closed");
        return false;
      }
      unquoted_.append(text_.substr(at_, quote - at_));
      at_ = quote + 1;
      if (at_ >= text_.size() || text_[at_] != '"') break;
      unquoted_ += '"';
      ++at_;
    }
    if (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\n') {
      problems_.error({at_, 1}, "expected a comma or the end of the line after the quote that closes a field");
      at_ = std::min(text_.find_first_of(",\n", at_), text_.size());
    }
    quoted_.push_back({record.size(), from, unquoted_.size() - from});
    record.push_back({{}, {begin, at_ - begin}});
    return true;
  }

  std::string_view text_;
  config::Diagnostics& problems_;
  std::size_t at_ = 0;
  std::string unquoted_;        // what the quoted fields of the record say
  std::vector<Quoted> quoted_;  // and which those are
};

bool is_column_name(std::string_view name) {
  return !name.empty() && name.size() <= 100 &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

std::vector<std::string> read_columns(const std::vector<Cell>& record, config::Diagnostics& problems) {
  std::vector<std::string> columns;
  if (record.size() > kMaxColumns) problems.error(record.back().span, format("more than {} columns", kMaxColumns));
  for (const Cell& cell : record) {
    if (!is_column_name(cell.text))
      problems.error(cell.span, format("the first line names the columns; {} is no name of letters, digits and _",
                                       config::quoted(cell.text)));
    else if (std::find(columns.begin(), columns.end(), cell.text) != columns.end())
      problems.error(cell.span, format("two columns are named {}", config::quoted(cell.text)));
    columns.emplace_back(cell.text);
  }
  return columns;
}

}  // namespace

TableRead read_csv(const config::SharedSource& source) {
  config::Diagnostics problems(source);
  CsvReader reader(source->text(), problems);
  std::vector<Cell> record;
  if (!reader.next(record)) {
    if (problems.empty()) problems.general_error("an empty file; the first line names the columns");
    return {std::nullopt, problems.text()};
  }
  const auto columns = read_columns(record, problems);
  Table::Builder builder(columns);
  std::size_t rows = 0;
  while (problems.size() < config::Diagnostics::kMaxShown && reader.next(record)) {
    ++rows;
    if (record.size() != columns.size())
      problems.error({record.front().span.offset,
                      record.back().span.offset + record.back().span.length - record.front().span.offset},
                     format("{} {} where the first line names {}", record.size(),
                            record.size() == 1 ? "field" : "fields", columns.size()));
    for (const Cell& cell : record) builder.add(cell.text);
  }
  if (rows == 0 && problems.empty()) problems.general_error("no rows after the names of the columns");
  if (!problems.empty()) return {std::nullopt, problems.text()};
  return {builder.take(), ""};
}

}  // namespace loadstone::journey
