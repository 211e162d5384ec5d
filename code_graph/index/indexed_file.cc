#include "code_graph/index/indexed_file.h"

#include <algorithm>
#include <tuple>

namespace code_graph::index {
namespace {

using graph::Language;

// Separators of all languages as one: "a::b", "a\b" and "a/b" are a.b.
std::string dotted(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == ':' && i + 1 < name.size() && name[i + 1] == ':') {
      out += '.';
      ++i;
    } else {
      out += name[i] == '\\' ? '.' : name[i];
    }
  }
  return out;
}

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

// Rust: the path of the module that a file is, below its crate's folder: "crate.a.b".
std::string rust_module(std::string_view path) {
  std::string_view stem = path.substr(0, path.size() - 3);
  std::string out;
  const std::size_t src = stem.rfind("src/");
  std::string_view inside =
      src == std::string_view::npos || (src > 0 && stem[src - 1] != '/') ? stem : stem.substr(src + 4);
  const std::string_view crate = stem.substr(0, stem.size() - inside.size());
  out += crate;
  const auto drop = [&](std::string_view tail) {
    if (inside == tail) inside = {};
    if (inside.ends_with(tail) && inside.size() > tail.size() && inside[inside.size() - tail.size() - 1] == '/') {
      inside.remove_suffix(tail.size() + 1);
    }
  };
  drop("mod");
  if (inside == "lib" || inside == "main") inside = {};
  for (std::size_t from = 0; from < inside.size();) {
    std::size_t end = inside.find('/', from);
    if (end == std::string_view::npos) end = inside.size();
    if (!out.empty()) out += '.';
    out += inside.substr(from, end - from);
    from = end + 1;
  }
  return out;
}

}  // namespace

Scheme scheme_of(Language language) {
  switch (language) {
    case Language::kPython:
    case Language::kJavaScript:
    case Language::kTypeScript:
    case Language::kLua:
    case Language::kBash:
      return Scheme::kModules;
    case Language::kC:
    case Language::kCpp:
      return Scheme::kIncludes;
    default:
      return Scheme::kPackages;
  }
}

std::string_view package_prefix(Language language) {
  switch (language) {
    case Language::kJava:
    case Language::kKotlin:
    case Language::kScala:
      return "jvm:";
    case Language::kCSharp:
      return "dotnet:";
    case Language::kGo:
      return "go:";
    case Language::kRust:
      return "rust:";
    case Language::kPhp:
      return "php:";
    case Language::kRuby:
      return "ruby:";
    case Language::kSwift:
      return "swift:";
    case Language::kC:
    case Language::kCpp:
      return "c:";
    default:
      return {};
  }
}

bool has_overloads(Language language) {
  switch (language) {
    case Language::kJava:
    case Language::kKotlin:
    case Language::kScala:
    case Language::kCSharp:
    case Language::kSwift:
    case Language::kCpp:
      return true;
    default:
      return false;
  }
}

void derive(IndexedFile& file, Words& words) {
  const parse::Outline& o = file.outline;
  file.words.resize(o.text_count());
  for (parse::Text t = 0; t < o.text_count(); ++t) file.words[t] = words.add(o.text(t));

  for (const parse::Member& m : o.members) file.members.push_back({m.owner, file.word(m.name), m.what, m.index});
  std::ranges::sort(file.members, {}, [](const IndexedFile::Member& m) { return std::tuple(m.owner, m.name); });
  for (std::uint32_t s = 0; s < o.sites.size(); ++s) {
    const auto kind = o.sites[s].kind;
    if (kind == parse::SiteKind::kInherits || kind == parse::SiteKind::kImplements)
      file.bases.push_back({o.sites[s].from, s});
  }
  std::ranges::stable_sort(file.bases, {}, &IndexedFile::Base::of);
  for (std::uint32_t b = 0; b < o.bindings.size(); ++b) {
    if (o.imports[o.bindings[b].import].star) file.stars.push_back(b);
  }

  const std::string_view prefix = package_prefix(o.language);
  if (!prefix.empty()) {
    std::string package(prefix);
    if (o.language == Language::kGo) {
      package += folder_of(file.path);
    } else if (o.language == Language::kRust) {
      package += rust_module(file.path);
    } else {
      package += dotted(o.text(o.package));
    }
    file.package = words.add(package);
    file.qualified.resize(o.definitions.size());
    file.qualified[0] = file.package;
    for (parse::DefinitionIndex d = 1; d < o.definitions.size(); ++d) {
      const parse::Definition& def = o.definitions[d];
      std::string name(words.text(file.qualified[def.parent]));
      const auto append = [&](std::string_view part) {
        if (part.empty()) return;
        if (!name.ends_with(':')) name += '.';
        name += dotted(part);
      };
      append(o.text(def.owner));
      append(o.text(def.name));
      file.qualified[d] = words.add(name);
    }
  }
  if (has_overloads(o.language)) {
    std::vector<IndexedFile::Overload> all;
    for (parse::DefinitionIndex d = 1; d < o.definitions.size(); ++d) {
      const parse::Definition& def = o.definitions[d];
      if (def.type == graph::NodeType::kFunction) all.push_back({def.parent, file.word(def.name), d});
    }
    std::ranges::stable_sort(all, {}, [](const IndexedFile::Overload& x) { return std::tuple(x.parent, x.name); });
    const auto same = [&](std::size_t i, std::size_t j) {
      return all[i].parent == all[j].parent && all[i].name == all[j].name;
    };
    for (std::size_t i = 0; i < all.size(); ++i) {
      if ((i > 0 && same(i, i - 1)) || (i + 1 < all.size() && same(i, i + 1))) file.overloads.push_back(all[i]);
    }
  }
  file.members.shrink_to_fit();
  file.bases.shrink_to_fit();
  file.overloads.shrink_to_fit();
}

std::size_t IndexedFile::memory_bytes() const {
  const auto of = [](const auto& v) { return v.capacity() * sizeof v[0]; };
  return sizeof *this + path.capacity() + outline.memory_bytes() + of(words) + of(members) + of(bases) + of(overloads) +
         of(stars) + of(qualified);
}

}  // namespace code_graph::index
