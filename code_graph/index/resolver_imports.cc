// The part of Resolver that finds what imports and packages mean.
#include <algorithm>

#include "code_graph/index/resolver.h"

namespace code_graph::index {
namespace {

using graph::Language;
using graph::NodeType;
using Kind = Value::Kind;

constexpr int kMaxDepth = 24;
constexpr std::size_t kMaxIncludeClosure = 4000;

std::string dotted(std::string_view path) {
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == ':' && i + 1 < path.size() && path[i + 1] == ':') {
      out += '.';
      ++i;
    } else {
      out += path[i] == '\\' ? '.' : path[i];
    }
  }
  return out;
}

}  // namespace

Value Resolver::package_member(Word package, Word name, std::uint32_t from_file) {
  const auto at = package_members_.find(pair_key(package, name));
  if (at == package_members_.end()) {
    std::string path(words_.text(package));
    if (!path.ends_with(':')) path += '.';
    path += words_.text(name);
    const Word inner = words_.find(path);
    if (inner != kNoWord && packages_.contains(inner)) return {.kind = Kind::kPackage, .index = inner};
    return {};
  }
  const bool includes = scheme_of(files_[from_file]->outline.language) == Scheme::kIncludes;
  const Place* best = nullptr;
  bool several = false;
  bool declared_in_sight = false;
  for (const Place& place : at->second) {
    const parse::Definition& d = files_[place.file]->outline.definitions[place.definition];
    if ((d.flags & parse::Definition::kInternal) && place.file != from_file &&
        !(includes && is_visible(from_file, place.file)))
      continue;
    if (includes && (place.file == from_file || is_visible(from_file, place.file))) declared_in_sight = true;
    if (d.flags & parse::Definition::kDeclared) continue;
    if (place.file == from_file) {
      best = &place;
      several = false;
      break;
    }
    if (best != nullptr && best->file != place.file) {
      // A class in several files (parts, or a header's copy): the first. Functions: no telling.
      if (d.type == NodeType::kFunction) several = true;
      continue;
    }
    if (best == nullptr) best = &place;
  }
  if (best == nullptr || several || (includes && !declared_in_sight)) return {};
  return {.kind = Kind::kDefinition, .file = best->file, .index = best->definition};
}

bool Resolver::is_visible(std::uint32_t from_file, std::uint32_t file) {
  if (visible_from_ != from_file) {
    visible_from_ = from_file;
    ++visible_epoch_;
    std::vector<std::uint32_t> queue{from_file};
    visible_[from_file] = visible_epoch_;
    for (std::size_t i = 0; i < queue.size() && queue.size() < kMaxIncludeClosure; ++i) {
      for (const std::uint32_t next : includes_[queue[i]]) {
        if (visible_[next] == visible_epoch_) continue;
        visible_[next] = visible_epoch_;
        queue.push_back(next);
      }
    }
  }
  return visible_[file] == visible_epoch_;
}

Value Resolver::package_path(std::string_view prefix, std::string_view path, std::uint32_t from_file) {
  // As a package first, else member by member from the longest package that is one.
  const std::string whole = std::string(prefix) + std::string(path);
  if (const Word w = words_.find(whole); w != kNoWord && packages_.contains(w))
    return {.kind = Kind::kPackage, .index = w};
  for (std::size_t end = path.size(); end != std::string_view::npos && end > 0; end = path.find_last_of('.', end - 1)) {
    const std::size_t dot = path.find_last_of('.', end - 1);
    const std::string_view head = dot == std::string_view::npos ? std::string_view{} : path.substr(0, dot);
    const Word package = words_.find(std::string(prefix) + std::string(head));
    if (package != kNoWord && packages_.contains(package)) {
      Value at{.kind = Kind::kPackage, .index = package};
      for (std::size_t from = head.empty() ? 0 : dot + 1; from <= path.size() && at.kind != Kind::kNone;) {
        std::size_t to = path.find('.', from);
        if (to == std::string_view::npos) to = path.size();
        at = step(at, words_.add(path.substr(from, to - from)), from_file, 1);
        from = to + 1;
      }
      if (at.kind != Kind::kNone) return at;
      return {.kind = head.empty() ? Kind::kExternal : Kind::kNone};
    }
    if (dot == std::string_view::npos) break;
  }
  return {.kind = Kind::kExternal};
}

Value Resolver::import_target(std::uint32_t file, std::uint32_t binding, int depth) {
  const IndexedFile& f = *files_[file];
  const parse::ImportBinding& b = f.outline.bindings[binding];
  const parse::Import& im = f.outline.imports[b.import];
  const std::string_view module = f.outline.text(b.module);
  const Language language = f.outline.language;
  switch (language) {
    case Language::kGo: {
      std::string folder;
      if (!modules_.find_go_folder(module, folder)) return {.kind = Kind::kExternal};
      const Word package = words_.find("go:" + folder);
      if (package == kNoWord || !packages_.contains(package)) return {.kind = Kind::kNone};
      return {.kind = Kind::kPackage, .index = package};
    }
    case Language::kRust: {
      std::string path = dotted(module);
      std::string here(words_.text(f.package));
      const auto parent_of = [](std::string p) {
        return p.substr(0, p.find_last_of('.') == std::string::npos ? 5 : p.find_last_of('.'));
      };
      const auto root_of = [&] { return here.substr(0, here.find('.')); };
      const auto under = [&](const std::string& base, std::string_view rest) {
        const std::string whole = rest.empty() ? base : base + (base.ends_with(':') ? "" : ".") + std::string(rest);
        return package_path("", whole, file);
      };
      if (path == "crate") return under(root_of(), "");
      if (path.starts_with("crate.")) return under(root_of(), std::string_view(path).substr(6));
      if (path == "self") return under(here, "");
      if (path.starts_with("self.")) return under(here, std::string_view(path).substr(5));
      std::string base = here;
      bool above = false;
      while (path == "super" || path.starts_with("super.")) {
        base = parent_of(base);
        path = path.size() > 6 ? path.substr(6) : "";
        above = true;
      }
      if (above) return under(base, path);
      if (const Value inner = under(here, path); inner.kind == Kind::kDefinition || inner.kind == Kind::kPackage)
        return inner;
      return {.kind = Kind::kExternal};
    }
    case Language::kJava:
    case Language::kKotlin:
    case Language::kScala:
    case Language::kCSharp:
    case Language::kPhp: {
      const std::uint32_t included = language == Language::kPhp ? modules_.find(language, f.path, module, 0) : kNoFile;
      if (included != kNoFile) return {.kind = Kind::kModule, .file = included};
      std::string path = dotted(module);
      if (path.starts_with('.')) path.erase(0, 1);
      return package_path(package_prefix(language), path, file);
    }
    default: {
      const std::uint32_t target = modules_.find(language, f.path, module, im.level);
      (void)depth;
      if (target == kNoFile && scheme_of(language) == Scheme::kIncludes)
        return package_path("c:", dotted(module), file);
      if (target == kNoFile) return {.kind = Kind::kExternal};
      return {.kind = Kind::kModule, .file = target};
    }
  }
}

Value Resolver::imported(std::uint32_t file, std::uint32_t binding, int depth) {
  std::uint8_t& state = imported_state_[file][binding];
  if (state == 2) return imported_[file][binding];
  if (state == 1 || depth > kMaxDepth) return {};  // a circle of imports
  state = 1;
  const IndexedFile& f = *files_[file];
  const parse::ImportBinding& b = f.outline.bindings[binding];
  Value at = import_target(file, binding, depth + 1);
  for (std::uint32_t i = 0; i < b.length; ++i) {
    if (at.kind == Kind::kExternal || at.kind == Kind::kNone) break;
    const Word name = f.word(f.outline.names[b.first + i]);
    Value next;
    if (at.kind == Kind::kModule && at.file == file && f.outline.language == Language::kPython) {
      // from . import x inside the package's own __init__: the submodule, not the name being bound.
      const std::uint32_t inside = modules_.find_inside(file, words_.text(name));
      if (inside != kNoFile) next = {.kind = Kind::kModule, .file = inside};
    } else {
      next = step(at, name, file, depth + 1);
    }
    at = next;
  }
  imported_state_[file][binding] = 2;
  return imported_[file][binding] = at;
}

}  // namespace code_graph::index
