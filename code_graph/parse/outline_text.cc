#include "code_graph/parse/outline_text.h"

#include "base/format.h"

namespace code_graph::parse {
namespace {

using loadstone::format;

std::string qualified(const Outline& o, DefinitionIndex d) {
  if (d == kNone) return "?";
  const Definition& def = o.definitions[d];
  std::string name(o.text(def.name));
  if (def.owner != 0) name = std::string(o.text(def.owner)) + "::" + name;
  if (def.parent == kNone || def.parent == 0) return d == 0 ? "<module>" : name;
  return qualified(o, def.parent) + "." + name;
}

std::string steps(const Outline& o, std::uint32_t first, std::uint32_t length) {
  std::string out;
  for (std::uint32_t i = 0; i < length; ++i) {
    if (i > 0) out += '.';
    out += o.text(o.names[first + i]);
  }
  return out;
}

std::string describe(const Outline& o, const Reference& r) {
  std::string start;
  switch (r.root) {
    case Root::kDefinition:
      start = "def " + qualified(o, r.index);
      break;
    case Root::kImport: {
      const ImportBinding& b = o.bindings[r.index];
      start = format("import {}{}{}", o.text(b.module), b.length > 0 ? ":" : "", steps(o, b.first, b.length));
      break;
    }
    case Root::kOwnClass:
      start = "own " + qualified(o, r.index);
      break;
    case Root::kBaseClass:
      start = "base of " + qualified(o, r.index);
      break;
    case Root::kFree:
      start = "free";
      break;
    case Root::kUnknown:
      start = "unknown";
      break;
    case Root::kNothing:
      start = "nothing";
      break;
  }
  return r.length == 0 ? start : start + " / " + steps(o, r.first, r.length);
}

}  // namespace

std::string describe(const Outline& o) {
  std::string out;
  constexpr const char* kStates[] = {"whole", "broken", "timed out", "too deep", "unparsed"};
  out += format("{} lines {} {}\n", graph::name_of(o.language), o.lines, kStates[static_cast<int>(o.state)]);
  if (o.package != 0) out += format("package {}\n", o.text(o.package));
  for (DefinitionIndex i = 0; i < o.definitions.size(); ++i) {
    const Definition& d = o.definitions[i];
    out += format("{} {} {}-{}", graph::name_of(d.type), qualified(o, i), d.line, d.end_line);
    if (d.kind != NodeKind::kPlain) out += format(" {}", graph::name_of(d.kind));
    if (d.type == NodeType::kFunction) {
      out += format(" complexity {}", d.complexity);
      if (d.most_arguments != 255) out += format(" arguments {}..{}", d.least_arguments, d.most_arguments);
    }
    if (d.flags & Definition::kDeclared) out += " declared";
    if (d.flags & Definition::kInternal) out += " internal";
    if (d.flags & Definition::kStatic) out += " static";
    if (d.value != kNone && o.references[d.value].root != Root::kNothing)
      out += " = " + describe(o, o.references[d.value]);
    if (d.doc_length > 0) {
      std::string doc = o.docs->substr(d.doc_offset, d.doc_length);
      if (const auto end = doc.find('\n'); end != std::string::npos) doc = doc.substr(0, end) + "…";
      out += format(" \"{}\"", doc);
    }
    out += '\n';
  }
  for (const Import& im : o.imports) {
    out += format("import {} line {}{}{}\n", o.text(im.target), im.line, im.star ? " all" : "",
                  im.include ? " include" : "");
  }
  for (const Member& m : o.members) {
    if (m.what == Member::What::kValue) {
      out += format("value {}.{} = {}\n", qualified(o, m.owner), o.text(m.name), describe(o, o.references[m.index]));
    } else if (m.what == Member::What::kImport && o.text(m.name) != "") {
      const ImportBinding& b = o.bindings[m.index];
      out += format("bound {}.{} = {}{}{}\n", qualified(o, m.owner), o.text(m.name), o.text(b.module),
                    b.length > 0 ? ":" : "", steps(o, b.first, b.length));
    }
  }
  constexpr const char* kKinds[] = {"call", "mention", "inherits", "implements"};
  for (const Site& s : o.sites) {
    out += format("{} line {} in {}: {}", kKinds[static_cast<int>(s.kind)], s.line, qualified(o, s.from),
                  describe(o, s.target));
    if (s.kind == SiteKind::kCall && s.arguments != 255) out += format(" with {}", s.arguments);
    out += '\n';
  }
  if (o.local_calls > 0) out += format("calls of locals {}\n", o.local_calls);
  constexpr const char* kEvidence[] = {"route", "request", "spawn", "foreign use", "foreign export"};
  for (const Evidence& e : o.evidence) {
    out += format("{} line {} in {}: {} {}\n", kEvidence[static_cast<int>(e.kind)], e.line, qualified(o, e.from),
                  o.text(e.what), o.text(e.target));
  }
  for (const EntryMark& e : o.entries) {
    out +=
        format("entry {} line {} {} {} {:.1f}\n", qualified(o, e.definition), e.line, e.pattern, e.priority, e.bonus);
  }
  return out;
}

}  // namespace code_graph::parse
