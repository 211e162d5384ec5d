// One file of the tree: its outline, and what is derived from that alone once its texts have numbers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "code_graph/index/tree_walk.h"
#include "code_graph/index/words.h"
#include "code_graph/parse/outline.h"

namespace code_graph::index {

// How a language finds what another file defines.
enum class Scheme : std::uint8_t {
  kModules,   // an import names a file; what it brings is bound: Python, JavaScript, Lua, shell
  kPackages,  // files declare packages; names are visible within one: Java, Go, C#, …
  kIncludes,  // what is included is visible: C, C++
};
[[nodiscard]] Scheme scheme_of(graph::Language language);
// Languages that share packages have one prefix: "jvm:".
[[nodiscard]] std::string_view package_prefix(graph::Language language);
// May several functions of one scope have the same name?
[[nodiscard]] bool has_overloads(graph::Language language);

struct IndexedFile {
  std::string path;
  Stamp stamp;                // when it was read, or just before
  bool just_written = false;  // then: so lately that another write may have left the same stamp
  std::uint64_t hash = 0;
  parse::Outline outline;

  struct Member {
    parse::DefinitionIndex owner;
    Word name;
    parse::Member::What what;
    std::uint32_t index;
  };
  struct Base {
    parse::DefinitionIndex of;
    std::uint32_t site;
  };
  struct Overload {
    parse::DefinitionIndex parent;
    Word name;
    parse::DefinitionIndex definition;
  };
  std::vector<Word> words;           // of the outline's texts
  std::vector<Member> members;       // by (owner, name)
  std::vector<Base> bases;           // by definition, in the order of the source
  std::vector<Overload> overloads;   // by (parent, name), where there is more than one
  std::vector<std::uint32_t> stars;  // bindings of imports that bring all names
  Word package = 0;                  // with prefix; 0 when the language has none
  std::vector<Word> qualified;       // package.Outer.name of each definition; only for packages and includes

  [[nodiscard]] Word word(parse::Text t) const { return words[t]; }
  [[nodiscard]] std::size_t memory_bytes() const;
};

// Fills in what is derived.
void derive(IndexedFile& file, Words& words);

}  // namespace code_graph::index
