#include "code_graph/parse/grammar.h"

#include <algorithm>
#include <mutex>

#include "base/check.h"
#include "code_graph/parse/languages/languages.h"

namespace code_graph::parse {
namespace {

Grammar compile(const LanguageRules& rules) {
  Grammar g;
  g.rules = &rules;
  g.language = rules.grammar();
  const std::uint32_t count = ts_language_symbol_count(g.language);
  g.by_symbol.assign(count, nullptr);
  g.leaf.assign(count, Grammar::kOther);
  g.member.assign(count, nullptr);
  const auto is_in = [](std::span<const std::string_view> kinds, std::string_view kind) {
    return std::ranges::find(kinds, kind) != kinds.end();
  };
  // One kind may have several numbers (aliases), so every number is looked at.
  for (TSSymbol s = 0; s < count; ++s) {
    const TSSymbolType type = ts_language_symbol_type(g.language, s);
    const std::string_view kind = ts_language_symbol_name(g.language, s);
    for (const auto set : {rules.rules, rules.more_rules}) {
      for (const Rule& rule : set) {
        if (rule.kind == kind && type == TSSymbolTypeRegular) g.by_symbol[s] = &rule;
      }
    }
    if (type != TSSymbolTypeRegular && !is_in(rules.own, kind) && !is_in(rules.base, kind)) continue;
    for (const MemberRule& rule : rules.members) {
      if (rule.kind == kind) g.member[s] = &rule;
    }
    if (is_in(rules.names, kind)) g.leaf[s] = Grammar::kName;
    if (is_in(rules.transparent, kind)) g.leaf[s] = Grammar::kTransparent;
    if (is_in(rules.calls, kind)) g.leaf[s] = Grammar::kCall;
    if (is_in(rules.own, kind)) g.leaf[s] = Grammar::kOwn;
    if (is_in(rules.base, kind)) g.leaf[s] = Grammar::kBase;
  }
  return g;
}

}  // namespace

const Grammar* grammar_for(Language language, std::string_view path) {
  for (const LanguageEntry& entry : language_table()) {
    if (entry.rules->language != language) continue;
    if (!entry.extension.empty() && !path.ends_with(entry.extension)) continue;
    // Compiled on first use, once for all threads.
    std::call_once(entry.slot->once, [&] { entry.slot->grammar = compile(*entry.rules); });
    return &entry.slot->grammar;
  }
  return nullptr;
}

std::vector<std::string> unknown_kinds(const LanguageRules& rules) {
  const TSLanguage* language = rules.grammar();
  std::vector<std::string> unknown;
  const auto check = [&](std::string_view kind) {
    for (TSSymbol s = 0; s < ts_language_symbol_count(language); ++s) {
      if (kind == ts_language_symbol_name(language, s)) return;
    }
    unknown.emplace_back(kind);
  };
  const auto check_field = [&](std::string_view field) {
    if (field == "<" || field == ">") return;
    if (!field.empty() &&
        ts_language_field_id_for_name(language, field.data(), static_cast<std::uint32_t>(field.size())) == 0) {
      unknown.push_back("field " + std::string(field));
    }
  };
  for (const auto set : {rules.rules, rules.more_rules}) {
    for (const Rule& rule : set) check(rule.kind), check_field(rule.field), check_field(rule.other);
  }
  for (const MemberRule& rule : rules.members) check(rule.kind), check_field(rule.object), check_field(rule.name);
  for (const auto kinds : {rules.names, rules.transparent, rules.calls}) {
    for (const std::string_view kind : kinds) check(kind);
  }
  return unknown;
}

}  // namespace code_graph::parse
