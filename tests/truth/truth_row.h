// A row of the table that run.py prints, as one line of JSON on standard output.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_writer.h"

namespace loadstone::truth {

// `values` of each run in `unit`; `met` how many of the runs were within the goal; `shown` stands in the table instead
// of the values, unless it is empty. Returns whether all were within the goal.
inline bool print_row(std::string_view row, std::string_view what, std::string_view goal,
                      const std::vector<double>& values, std::size_t met, std::string_view unit,
                      std::string_view shown = {}) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("row", row);
  json.field("what", what);
  json.field("goal", goal);
  json.field("met", met);
  json.field("unit", unit);
  if (!shown.empty()) json.field("shown", shown);
  json.key("values");
  json.begin_array();
  for (const double value : values) json.number(value);
  json.end_array();
  json.end_object();
  std::puts(text.c_str());
  std::fflush(stdout);
  return met == values.size();
}

}  // namespace loadstone::truth
