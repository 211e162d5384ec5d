#include "journey/table.h"

#include "base/format.h"
#include "config/diagnostic.h"

namespace loadstone::journey {

TableRead read_table(const std::string& path) {
  const bool is_csv = path.ends_with(".csv");
  if (!is_csv && !path.ends_with(".jsonl") && !path.ends_with(".ndjson"))
    return {std::nullopt,
            format("error: {}: expected a file that ends in .csv, .jsonl or .ndjson\n", config::printable(path))};
  const auto source = config::read_source(path, kMaxTableBytes);
  if (!source) return {std::nullopt, format("error: {}\n", config::printable(source.error().message))};
  return is_csv ? read_csv(*source) : read_json_lines(*source);
}

}  // namespace loadstone::journey
