// What one source file says: its definitions, what it imports, what it calls and mentions. Made by parsing that file
// alone.
//
// Names are looked up as far as the file itself can answer (scopes, parameters, own class). What remains is a
// Reference: where to start, and the names to follow from there; index/ follows them through other files. Immutable
// once made, and compact: an update of the tree parses only the files that changed and keeps the outlines of the
// others.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "code_graph/graph/kinds.h"

namespace code_graph::parse {

using graph::Language;
using graph::NodeKind;
using graph::NodeType;

using Text = std::uint32_t;             // number of a text of the outline; 0 is the empty one
using DefinitionIndex = std::uint32_t;  // 0 is the module
inline constexpr std::uint32_t kNone = ~std::uint32_t{0};

// The step of a reference that stands for a call: on a class it gives an object of it, on a function what that returns.
inline constexpr std::string_view kCallStep = "()";
// The member of a module that its importer gets when it takes the whole module for a value (module.exports, return M).
inline constexpr std::string_view kModuleValue = "=";

enum class Root : std::uint8_t {
  kDefinition,  // a definition of this file
  kImport,      // what one of this file's imports bound
  kOwnClass,    // an object of a class of this file: this, self
  kBaseClass,   // the same, looked up from its bases on: super
  kFree,        // the first name, which the file does not bind
  kUnknown,     // an expression nothing is known of; only the last name is
  kNothing,     // a local variable or parameter: certainly no definition
};

struct Reference {
  Root root = Root::kNothing;
  std::uint16_t length = 0;  // names to follow
  std::uint32_t index = 0;   // of the definition, import binding or class; the looking-up definition for kFree
  std::uint32_t first = 0;   // in Outline::names
};

struct Definition {
  enum Flag : std::uint8_t {
    kDeclared = 1,     // a declaration without a body: no node, but it makes the real one visible
    kInternal = 2,     // not visible outside its file
    kExported = 4,     // exported by default or visible to foreign code
    kReassigned = 16,  // a variable bound more than once
    kStatic = 8,       // belongs to the class, not to its objects
  };
  Text name = 0;
  DefinitionIndex parent = kNone;
  std::uint32_t line = 1;
  std::uint32_t end_line = 1;
  std::uint32_t doc_offset = 0;  // in Outline::docs
  std::uint16_t doc_length = 0;
  std::uint16_t complexity = 0;
  Text owner = 0;  // the class it belongs to when it stands outside of it: Go receivers, C++ A::f, Rust impl
  std::uint32_t value = kNone;  // in Outline::references: what a variable holds, what a function returns
  NodeType type = NodeType::kFunction;
  NodeKind kind = NodeKind::kPlain;
  std::uint8_t flags = 0;
  std::uint8_t least_arguments = 0;
  std::uint8_t most_arguments = 255;  // 255: any number
};

// A name that a definition (or the module) has for others to reach: what it defines, imports, or holds.
struct Member {
  enum class What : std::uint8_t { kDefinition, kImport, kValue };
  DefinitionIndex owner = 0;
  Text name = 0;
  What what = What::kDefinition;
  std::uint32_t index = 0;
};

struct Import {
  Text target = 0;  // as written, without quotes: "os.path", "./util", "java.util.List"
  std::uint32_t line = 1;
  std::uint32_t end_line = 1;
  std::uint8_t level = 0;  // Python: leading dots
  bool star = false;       // all names of the target
  bool include = false;    // C and C++: "..." (true) or <...> with star
};

struct ImportBinding {
  std::uint32_t import = 0;
  Text module = 0;          // where to start; usually the import's target, "a" for `import a.b`
  std::uint32_t first = 0;  // in Outline::names: names to follow from the module
  std::uint16_t length = 0;
};

enum class SiteKind : std::uint8_t { kCall, kReference, kInherits, kImplements };

struct Site {
  DefinitionIndex from = 0;
  std::uint32_t line = 1;
  SiteKind kind = SiteKind::kCall;
  std::uint8_t arguments = 255;  // 255: not known
  Reference target;
};

// One end of a possible seam.
struct Evidence {
  enum class Kind : std::uint8_t { kRoute, kRequest, kSpawn, kForeignUse, kForeignExport };
  Kind kind = Kind::kRoute;
  DefinitionIndex from = 0;  // what serves, asks, starts, uses or exports
  std::uint32_t line = 1;
  Text what = 0;    // method (upper case, "" for any) or mechanism
  Text target = 0;  // path, script, symbol
};

struct EntryMark {
  DefinitionIndex definition = 0;
  std::uint32_t line = 1;
  const char* pattern = "";  // a literal
  std::uint8_t priority = 0;
  float bonus = 0;
};

enum class ReadState : std::uint8_t {
  kWhole,     // everything was read
  kBroken,    // the parser met errors and went on
  kTimedOut,  // the parser's budget ran out: the module only
  kTooDeep,   // parts nested deeper than the limit were left out
  kUnparsed,  // no grammar for this language: the module only
};

struct Outline {
  Language language = Language::kNone;
  ReadState state = ReadState::kWhole;
  std::uint32_t lines = 0;
  Text package = 0;  // declared package or namespace of the whole file
  std::vector<Definition> definitions;
  std::vector<Member> members;
  std::vector<Import> imports;
  std::vector<ImportBinding> bindings;
  std::vector<Site> sites;
  std::vector<Reference> references;  // what values refer to
  std::vector<Text> names;            // the steps of all references
  std::vector<Evidence> evidence;
  std::vector<EntryMark> entries;
  std::uint32_t local_calls = 0;  // calls of what certainly is no definition: parameters, local variables

  std::string texts;
  std::vector<std::uint32_t> text_offsets{0, 0};
  std::shared_ptr<const std::string> docs;

  [[nodiscard]] std::string_view text(Text t) const {
    return std::string_view(texts).substr(text_offsets[t], text_offsets[t + 1] - text_offsets[t]);
  }
  [[nodiscard]] std::size_t text_count() const { return text_offsets.size() - 1; }
  [[nodiscard]] std::size_t memory_bytes() const;
};

}  // namespace code_graph::parse
