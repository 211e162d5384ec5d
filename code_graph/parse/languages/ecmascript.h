// What the rules of JavaScript and TypeScript share with those of their modules. Internal to languages/.
#pragma once

#include <string_view>
#include <vector>

#include "code_graph/parse/actions.h"

namespace code_graph::parse::ecmascript {

[[nodiscard]] bool is_function(TSNode node);
[[nodiscard]] bool is_string(TSNode node);
// The module that a value requires, and the names taken from it: require("x").a. Empty when it is no such value.
[[nodiscard]] std::string_view required(Outliner& o, TSNode value, std::vector<std::string_view>& steps);
// A function whose name is given from outside: a variable's, a key's. The caller opens its scope.
DefinitionIndex define_named(Outliner& o, TSNode node, TSNode function, std::string_view name, NodeKind kind);

// Actions.
void import_(Outliner& o, TSNode node, const Rule& rule);
void export_(Outliner& o, TSNode node, const Rule& rule);
// To members: exports.x = …, this.x = …, F.prototype.x = ….
void assignment(Outliner& o, TSNode node, const Rule& rule);
void program(Outliner& o, TSNode node, const Rule& rule);

}  // namespace code_graph::parse::ecmascript
