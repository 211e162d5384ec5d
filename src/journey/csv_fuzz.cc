// Any bytes as a CSV file and as JSON lines: reading ends, and what it gives is a table whose cells are there.
#include <cstdint>

#include "base/check.h"
#include "journey/table.h"

namespace {

void check(const loadstone::journey::TableRead& read) {
  CHECK(read.table.has_value() == read.problems.empty());
  if (!read.table) return;
  CHECK(read.table->rows() > 0 && !read.table->columns().empty());
  std::size_t bytes = 0;
  for (std::size_t r = 0; r < read.table->rows(); ++r)
    for (std::size_t c = 0; c < read.table->columns().size(); ++c) bytes += read.table->cell(r, c).size();
  CHECK(bytes < (std::size_t{1} << 30));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto source = loadstone::config::make_source("x", {reinterpret_cast<const char*>(data), size});
  if (!source) return 0;
  check(loadstone::journey::read_csv(*source));
  check(loadstone::journey::read_json_lines(*source));
  return 0;
}
