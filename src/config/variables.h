// ${NAME} and ${NAME:-default} in values. $$ stands for a single $.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "config/node.h"

namespace loadstone::config {

struct Variables {
  std::map<std::string, std::string, std::less<>> set;                      // --set NAME=VALUE; asked first
  std::function<std::optional<std::string>(std::string_view)> environment;  // may be empty
};

inline constexpr std::size_t kMaxValueBytes = std::size_t{1} << 20;  // of one value after substitution

// A letter or '_', then letters, digits and '_'.
[[nodiscard]] bool is_variable_name(std::string_view name);

// Replaces the variables in every scalar of the tree (not in keys); what is put in is not looked at again. Reports a
// variable without value or default at its place. Adds the names met to `used`.
void substitute(Node& root, const Variables& variables, std::set<std::string, std::less<>>& used,
                Diagnostics& problems);

}  // namespace loadstone::config
