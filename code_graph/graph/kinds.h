// The closed sets of the graph: node types, edge types, languages, and the words clients know them by.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace code_graph::graph {

enum class NodeType : std::uint8_t {
  kModule,
  kClass,
  kFunction,
  kVariable,
  kParameter,
  kConditional,
  kLoop,
  kException,
  kInterface,
  kEnum,
  kNamespace,
  kImport,
  kLiteral,
  kCall,
  kReference,
};
inline constexpr int kNodeTypeCount = 15;

enum class EdgeType : std::uint8_t {
  kContains,
  kInherits,
  kImplements,
  kCalls,
  kImports,
  kReferences,
  kDependsOn,
  kOverrides,
  kExtends,
  kUses,
  kSeam,
};
inline constexpr int kEdgeTypeCount = 11;

// A set of edge types, as bits.
using EdgeTypes = std::uint32_t;
[[nodiscard]] constexpr EdgeTypes bit(EdgeType type) { return EdgeTypes{1} << static_cast<int>(type); }
inline constexpr EdgeTypes kAllEdges = (EdgeTypes{1} << kEdgeTypeCount) - 1;
inline constexpr EdgeTypes kAllButContains = kAllEdges & ~bit(EdgeType::kContains);

enum class Language : std::uint8_t {
  kNone,
  kPython,
  kJavaScript,
  kTypeScript,
  kJava,
  kRust,
  kGo,
  kCpp,
  kC,
  kCSharp,
  kPhp,
  kRuby,
  kSwift,
  kKotlin,
  kScala,
  kDart,
  kLua,
  kHaskell,
  kElixir,
  kErlang,
  kR,
  kMatlab,
  kPerl,
  kHtml,
  kCss,
  kBash,
};
inline constexpr int kLanguageCount = 26;

// What a node is within its type; clients filter on the type and may read this in metadata.
enum class NodeKind : std::uint8_t {
  kPlain,
  kMethod,
  kConstructor,
  kGetter,
  kSetter,
  kStruct,
  kUnion,
  kTrait,
  kRecord,
  kObject,
  kConstant,
  kMacro,
  kTypeAlias,
};

// How an edge was found.
enum class Resolution : std::uint8_t {
  kSyntax,      // the text says so: containment
  kScope,       // a name in an enclosing scope of the same file
  kImport,      // a name bound by an import, re-exports followed
  kOwnClass,    // self/this in the class that defines it
  kBaseClass,   // self/this/super, found in a base class
  kMember,      // attribute of a known module, class, or variable of a known class
  kPackage,     // same package, namespace or include closure
  kUniqueName,  // the only definition of that name; a guess
  kEvidence,    // a seam: evidence at both ends
};

[[nodiscard]] std::string_view name_of(NodeType type);       // "module"
[[nodiscard]] std::string_view id_prefix_of(NodeType type);  // "file" for modules, else as name_of
[[nodiscard]] std::string_view name_of(EdgeType type);       // "depends_on"
[[nodiscard]] std::string_view name_of(Language language);   // "C++"; "Unknown" for kNone
[[nodiscard]] std::string_view name_of(NodeKind kind);       // "method"; empty for kPlain
[[nodiscard]] std::string_view name_of(Resolution resolution);

// The exact lower-case word; nullopt for any other text.
[[nodiscard]] std::optional<NodeType> node_type_named(std::string_view name);
[[nodiscard]] std::optional<EdgeType> edge_type_named(std::string_view name);
// Display name in any case; nullopt for any other text.
[[nodiscard]] std::optional<Language> language_named(std::string_view name);
// By extension (and a few whole file names); kNone when the file is not source code we know.
[[nodiscard]] Language language_of_path(std::string_view path);

// ASCII only: what a case-insensitive comparison of names means everywhere in the graph.
[[nodiscard]] constexpr char fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
[[nodiscard]] bool equal_folded(std::string_view a, std::string_view b);

}  // namespace code_graph::graph
