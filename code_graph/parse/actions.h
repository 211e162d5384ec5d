// What rules do on nodes, as far as languages do it alike. Internal to parse/.
#pragma once

#include <string_view>

#include "code_graph/parse/grammar.h"

namespace code_graph::parse {

// Keeps the walk out: strings, comments.
void skip(Outliner& o, TSNode node, const Rule& rule);

// rule.field: the name; rule.other: the parameters. Methods are told by the class around. Opens the scope.
void define_function(Outliner& o, TSNode node, const Rule& rule);
// rule.field: the name. Opens the scope.
void define_class(Outliner& o, TSNode node, const Rule& rule);
void define_namespace(Outliner& o, TSNode node, const Rule& rule);
// A function without a name: opens a scope that belongs to the definition around.
void enter_lambda(Outliner& o, TSNode node, const Rule& rule);
// A scope for names that is no definition: a block of a language whose blocks are scopes. Uses belong to what is
// around.
void enter_block(Outliner& o, TSNode node, const Rule& rule);

// rule.field: the name or pattern; rule.other: the type. Binds a parameter.
void bind_parameter(Outliner& o, TSNode node, const Rule& rule);
// rule.field: the name or pattern; rule.other: the value. A local variable, or at top level a variable of the module.
void bind_variable(Outliner& o, TSNode node, const Rule& rule);
// rule.field: the pattern. A local, whatever it holds: loop variables, caught exceptions.
void bind_local(Outliner& o, TSNode node, const Rule& rule);

// rule.field: what is called; rule.other: the arguments.
void call(Outliner& o, TSNode node, const Rule& rule);
// A call whose node is itself the chain of names: method_invocation. rule.other: the arguments.
void call_member(Outliner& o, TSNode node, const Rule& rule);
// rule.field: the class that is made.
void construct(Outliner& o, TSNode node, const Rule& rule);
// A name, or a chain of names, used otherwise.
void mention(Outliner& o, TSNode node, const Rule& rule);
void mention_member(Outliner& o, TSNode node, const Rule& rule);

// One more way through the function.
void branch(Outliner& o, TSNode node, const Rule& rule);
// The same if rule.field (the operator) is one of && || ?? and or.
void branch_on_logic(Outliner& o, TSNode node, const Rule& rule);

// The type as a base of the class d.
void add_base(Outliner& o, DefinitionIndex d, TSNode type, SiteKind kind = SiteKind::kInherits);
// name holds an object of the type, or of what the value makes: a local, a member of the class around, a variable at
// top level.
void bind_typed(Outliner& o, TSNode whole, TSNode name, TSNode type, TSNode value);
// What a call of d returns, if its type is a plain name.
void set_result(Outliner& o, DefinitionIndex d, TSNode type);

// Number of arguments in a list, 255 when spread or unknown.
[[nodiscard]] std::uint8_t count_arguments(Outliner& o, TSNode list);
void set_arity(Outliner& o, DefinitionIndex d, TSNode parameters);
// The comment that ends on the line above the node, its marks removed.
void document_from_comment_above(Outliner& o, DefinitionIndex d, TSNode node);
// The text of a string literal without its quotes; empty when it is not one literal.
[[nodiscard]] std::string_view literal(Outliner& o, TSNode node);
// The first argument of a call that is a string literal.
[[nodiscard]] std::string_view first_literal(Outliner& o, TSNode arguments);

// Chains made by hand.
[[nodiscard]] Chain chain_of(Outliner& o, std::initializer_list<std::string_view> names);

// Looks for seams and entry points in a call: HTTP requests and routes, processes, servers. See evidence.cc.
void look_for_evidence(Outliner& o, TSNode call, const Chain& callee, TSNode arguments);

}  // namespace code_graph::parse
