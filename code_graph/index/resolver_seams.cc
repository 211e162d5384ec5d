// Edges between languages, where both ends say so.
#include <algorithm>

#include "base/format.h"
#include "code_graph/index/resolver.h"

namespace code_graph::index {
namespace {

using graph::Edge;
using graph::EdgeType;
using graph::Language;
using graph::Resolution;

// A path template or a called path as one form: "/users/{}" for /users/{id}, /users/:id, /users/<int:id>, /users/${x},
// /users/42.
std::string normalised(std::string_view path, bool& literal) {
  literal = true;
  if (path.starts_with("${")) {
    // `${base}/users`: what stands before the path is a variable.
    const std::size_t end = path.find('}');
    if (end == std::string_view::npos) return {};
    path = path.substr(end + 1);
  }
  if (const std::size_t scheme = path.find("://"); scheme != std::string_view::npos) {
    const std::size_t slash = path.find('/', scheme + 3);
    if (slash == std::string_view::npos) return std::string(1, '/');
    path = path.substr(slash);
  }
  path = path.substr(0, path.find_first_of("?#"));
  std::string out;
  for (std::size_t from = 0; from < path.size();) {
    std::size_t end = path.find('/', from);
    if (end == std::string_view::npos) end = path.size();
    const std::string_view part = path.substr(from, end - from);
    if (!part.empty()) {
      const bool number = part.find_first_not_of("0123456789") == std::string_view::npos;
      const bool variable = part.front() == ':' || part.front() == '{' || part.front() == '<' ||
                            part.find("${") != std::string_view::npos || part.find('{') != std::string_view::npos ||
                            part.front() == '%' || part.front() == '*';
      out += '/';
      out += number || variable ? "{}" : part;
    }
    from = end + 1;
  }
  if (out.empty()) out.push_back('/');
  return out;
}

bool is_native(Language language) {
  return language == Language::kC || language == Language::kCpp || language == Language::kRust;
}

}  // namespace

void Resolver::add_seams(graph::SnapshotBuilder& builder) {
  struct End {
    std::uint32_t file;
    const parse::Evidence* evidence;
  };
  std::unordered_map<std::string, std::vector<End>> routes;
  std::unordered_map<Word, std::vector<Value>> natives;
  const auto language = [&](std::uint32_t f) { return files_[f]->outline.language; };
  for (std::uint32_t f = 0; f < files_.size(); ++f) {
    const IndexedFile& file = *files_[f];
    for (const parse::Evidence& e : file.outline.evidence) {
      if (e.kind == parse::Evidence::Kind::kRoute) {
        bool literal = false;
        routes[normalised(file.outline.text(e.target), literal)].push_back({f, &e});
        builder.add_entry_point(node_around(f, e.from), e.line, "http_route", 6, 1.2);
      }
    }
    if (!is_native(file.outline.language)) continue;
    for (parse::DefinitionIndex d = 1; d < file.outline.definitions.size(); ++d) {
      const parse::Definition& def = file.outline.definitions[d];
      const bool visible =
          (def.flags & (parse::Definition::kInternal | parse::Definition::kDeclared)) == 0 && def.owner == 0;
      const bool exported = file.outline.language != Language::kRust || (def.flags & parse::Definition::kExported);
      if (def.type == graph::NodeType::kFunction && def.kind == graph::NodeKind::kPlain && visible && exported) {
        natives[file.word(def.name)].push_back({.kind = Value::Kind::kDefinition, .file = f, .index = d});
      }
    }
  }
  const auto native = [&](Word name) -> graph::NodeIndex {
    const auto at = natives.find(name);
    return at == natives.end() || at->second.size() != 1 ? graph::kNoIndex : node(at->second.front());
  };

  for (std::uint32_t f = 0; f < files_.size(); ++f) {
    const parse::Outline& o = files_[f]->outline;
    for (const parse::Evidence& e : o.evidence) {
      const std::string_view what = o.text(e.what);
      const std::string_view target = o.text(e.target);
      const graph::NodeIndex from = node_around(f, e.from);
      if (e.kind == parse::Evidence::Kind::kRequest) {
        bool literal = false;
        const std::string path = normalised(target, literal);
        if (path.empty() || path == "/" || path == "/{}") continue;  // says too little
        const auto at = routes.find(path);
        if (at == routes.end()) continue;
        for (const End& end : at->second) {
          const std::string_view method = files_[end.file]->outline.text(end.evidence->what);
          if (language(end.file) == o.language) continue;
          if (!method.empty() && !what.empty() && method != what) continue;
          const std::uint8_t percent = method.empty() || what.empty() ? 80 : 90;
          builder.add_seam({from, node_around(end.file, end.evidence->from), e.line, EdgeType::kSeam,
                            Resolution::kEvidence, percent},
                           "http", loadstone::format("{} {}", what.empty() ? "ANY" : what, path));
        }
      } else if (e.kind == parse::Evidence::Kind::kSpawn) {
        const std::uint32_t script = modules_.find_path(files_[f]->path, target);
        if (script == kNoFile || script == f || language(script) == o.language) continue;
        builder.add_seam({from, node(script, 0), e.line, EdgeType::kSeam, Resolution::kEvidence, 90}, "process",
                         std::string(target));
      } else if (e.kind == parse::Evidence::Kind::kForeignUse) {
        const Word name = words_.find(target);
        const graph::NodeIndex to = name == kNoWord ? graph::kNoIndex : native(name);
        if (to != graph::kNoIndex && to != from) {
          builder.add_seam({from, to, e.line, EdgeType::kSeam, Resolution::kEvidence, 90}, std::string(what),
                           std::string(target));
        }
      }
    }
  }
  for (const ForeignUse& use : foreign_uses_) {
    const graph::NodeIndex to = native(use.symbol);
    if (to == graph::kNoIndex) continue;
    builder.add_seam({use.from, to, use.line, EdgeType::kSeam, Resolution::kEvidence, 90}, use.mechanism,
                     std::string(words_.text(use.symbol)));
  }
}

}  // namespace code_graph::index
