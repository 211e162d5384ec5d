#include "code_graph/index/resolver.h"

#include <algorithm>
#include <tuple>

namespace code_graph::index {
namespace {

using graph::Language;
using graph::NodeType;
using parse::Root;
using Kind = Value::Kind;

constexpr int kMaxDepth = 24;

bool members_in_scope(Language language) {
  switch (language) {
    case Language::kJava:
    case Language::kCSharp:
    case Language::kKotlin:
    case Language::kScala:
    case Language::kSwift:
    case Language::kCpp:
    case Language::kRuby:
      return true;
    default:
      return false;
  }
}

}  // namespace

Resolver::Resolver(const std::vector<const IndexedFile*>& files, const std::vector<Manifest>& manifests, Words& words)
    : files_(files),
      words_(words),
      paths_([&] {
        std::vector<std::string_view> paths;
        for (const IndexedFile* f : files) paths.push_back(f->path);
        return paths;
      }()),
      modules_(paths_, manifests),
      call_step_(words.add(parse::kCallStep)),
      module_value_(words.add(parse::kModuleValue)),
      imported_(files.size()),
      imported_state_(files.size()),
      visible_(files.size(), 0),
      includes_(files.size()) {
  for (std::uint32_t f = 0; f < files.size(); ++f) {
    const IndexedFile& file = *files[f];
    imported_[f].resize(file.outline.bindings.size());
    imported_state_[f].assign(file.outline.bindings.size(), 0);
    if (scheme_of(file.outline.language) == Scheme::kIncludes) {
      for (const parse::Import& im : file.outline.imports) {
        const std::uint32_t target = modules_.find(file.outline.language, file.path, file.outline.text(im.target), 0);
        if (target != kNoFile) includes_[f].push_back(target);
      }
    }
    if (file.package == 0) continue;
    std::string_view package = words_.text(file.package);
    for (Word w = file.package; packages_.emplace(w, true).second;) {
      const std::size_t dot = package.find_last_of('.');
      if (dot == std::string_view::npos) break;
      package = package.substr(0, dot);
      w = words_.add(package);
    }
    for (DefinitionIndex d = 1; d < file.outline.definitions.size(); ++d) {
      const parse::Definition& def = file.outline.definitions[d];
      if (def.type == NodeType::kNamespace) {
        packages_.emplace(file.qualified[d], true);
        // A name like A.B is two namespaces.
        for (std::string_view whole = words_.text(file.qualified[d]); whole.find('.') != std::string_view::npos;) {
          whole = whole.substr(0, whole.find_last_of('.'));
          packages_.emplace(words_.add(whole), true);
        }
      }
      const parse::Definition& parent = file.outline.definitions[def.parent];
      if (parent.type == NodeType::kFunction) continue;  // not reachable from outside
      Word owner = file.qualified[def.parent];
      if (def.owner != 0) {
        std::string_view whole = words_.text(file.qualified[d]);
        owner = words_.add(whole.substr(0, whole.find_last_of('.')));
      }
      package_members_[pair_key(owner, file.word(def.name))].push_back({f, d});
    }
  }
}

bool Resolver::is_class(Value v) const {
  if (v.kind != Kind::kDefinition) return false;
  const NodeType type = definition(v).type;
  return type == NodeType::kClass || type == NodeType::kInterface || type == NodeType::kEnum;
}

Value Resolver::member(std::uint32_t file, DefinitionIndex owner, Word name, int depth) {
  const IndexedFile& f = *files_[file];
  const auto at = std::ranges::lower_bound(f.members, std::tuple(owner, name), {},
                                           [](const IndexedFile::Member& m) { return std::tuple(m.owner, m.name); });
  if (at == f.members.end() || at->owner != owner || at->name != name) return {};
  switch (at->what) {
    case parse::Member::What::kDefinition:
      return {.kind = Kind::kDefinition, .file = file, .index = at->index};
    case parse::Member::What::kImport:
      return imported(file, at->index, depth + 1);
    case parse::Member::What::kValue:
      return follow(file, f.outline.references[at->index], depth + 1);
  }
  return {};
}

const std::vector<Value>& Resolver::bases(std::uint32_t file, DefinitionIndex cls, int depth) {
  static const std::vector<Value> kNoBases;
  const std::uint64_t key = pair_key(file, cls);
  if (const auto known = bases_.find(key); known != bases_.end()) return known->second;
  if (depth > kMaxDepth || !asking_bases_.emplace(key, true).second) return kNoBases;  // its own base, by way of others
  std::vector<Value> found;
  const IndexedFile& f = *files_[file];
  const auto [from, end] = std::ranges::equal_range(f.bases, cls, {}, &IndexedFile::Base::of);
  for (auto at = from; at != end; ++at) {
    Value base = held(follow(file, f.outline.sites[at->site].target, depth + 1), depth + 1);
    if (!is_class(base) || (base.file == file && base.index == cls)) {
      base = {.kind = base.kind == Kind::kExternal ? Kind::kExternal : Kind::kNone};
    }
    found.push_back(base);
  }
  asking_bases_.erase(key);
  return bases_[key] = std::move(found);
}

Value Resolver::class_member(std::uint32_t file, DefinitionIndex cls, Word name, int depth, bool skip_own) {
  if (depth > kMaxDepth) return {};
  const IndexedFile& f = *files_[file];
  if (!skip_own) {
    const Value own = member(file, cls, name, depth);
    const bool declared = own.kind == Kind::kDefinition && (definition(own).flags & parse::Definition::kDeclared);
    if (own.kind != Kind::kNone && !declared) return own;
    if (!f.qualified.empty()) {
      // What belongs to the class but stands elsewhere: receivers, extensions, out-of-class bodies, parts.
      if (const Value part = package_member(f.qualified[cls], name, file); part.kind != Kind::kNone) return part;
    } else if (f.outline.language == Language::kJavaScript || f.outline.language == Language::kTypeScript) {
      for (DefinitionIndex d = 1; d < f.outline.definitions.size(); ++d) {
        const parse::Definition& def = f.outline.definitions[d];
        if (def.owner != 0 && f.word(def.name) == name && def.owner == f.outline.definitions[cls].name) {
          return {.kind = Kind::kDefinition, .file = file, .index = d};
        }
      }
    }
  }
  for (const Value& base : std::vector<Value>(bases(file, cls, depth))) {
    if (base.kind != Kind::kDefinition) continue;
    Value found = class_member(base.file, base.index, name, depth + 1);
    if (found.kind == Kind::kNone) continue;
    found.inherited = true;
    return found;
  }
  return {};
}

Value Resolver::module_member(std::uint32_t file, Word name, int depth) {
  if (depth > kMaxDepth) return {};
  if (const Value own = member(file, 0, name, depth); own.kind != Kind::kNone) return own;
  if (name != module_value_) {
    Value whole = member(file, 0, module_value_, depth);
    if (const Value inner = held(whole, depth); inner.kind != Kind::kNone)
      whole = inner;  // else a table with members of its own
    if (whole.kind != Kind::kNone) {
      if (words_.text(name) == "default") return whole;
      if (const Value inside = step(whole, name, file, depth + 1); inside.kind != Kind::kNone) return inside;
    }
  }
  for (const std::uint32_t star : files_[file]->stars) {
    const Value target = imported(file, star, depth + 1);
    if (target.kind == Kind::kModule && target.file != file) {
      if (const Value found = module_member(target.file, name, depth + 4); found.kind != Kind::kNone) return found;
    }
  }
  if (files_[file]->outline.language == Language::kPython) {
    const std::uint32_t inside = modules_.find_inside(file, words_.text(name));
    if (inside != kNoFile) return {.kind = Kind::kModule, .file = inside};
  }
  return {};
}

Value Resolver::held(Value at, int depth) {
  for (int i = 0; i < 4 && at.kind == Kind::kDefinition; ++i) {
    const parse::Definition& d = definition(at);
    if (d.type != NodeType::kVariable) return at;
    if (d.value == parse::kNone || depth > kMaxDepth) return {};
    at = follow(at.file, files_[at.file]->outline.references[d.value], depth + 1);
  }
  return at;
}

Value Resolver::step(Value at, Word name, std::uint32_t from_file, int depth) {
  if (depth > kMaxDepth) return {};
  if (name == call_step_) {
    if (at.kind == Kind::kModule) at = module_member(at.file, module_value_, depth + 1);
    at = held(at, depth);
    if (is_class(at)) {
      at.kind = Kind::kObject;
      return at;
    }
    if (at.kind != Kind::kDefinition) return {.kind = at.kind == Kind::kExternal ? Kind::kExternal : Kind::kNone};
    const parse::Definition& d = definition(at);
    if (d.type != NodeType::kFunction || d.value == parse::kNone) return {};
    return follow(at.file, files_[at.file]->outline.references[d.value], depth + 1);
  }
  switch (at.kind) {
    case Kind::kNone:
      return {};
    case Kind::kExternal:
      return at;
    case Kind::kModule:
      return module_member(at.file, name, depth);
    case Kind::kPackage:
      return package_member(at.index, name, from_file);
    case Kind::kObject:
      return class_member(at.file, at.index, name, depth);
    case Kind::kDefinition:
      break;
  }
  if (is_class(at)) return class_member(at.file, at.index, name, depth);
  const parse::Definition& d = definition(at);
  if (d.type == NodeType::kNamespace) {
    if (const Value inside = member(at.file, at.index, name, depth); inside.kind != Kind::kNone) return inside;
    const IndexedFile& f = *files_[at.file];
    return f.qualified.empty() ? Value{} : package_member(f.qualified[at.index], name, from_file);
  }
  if (d.type == NodeType::kVariable) {
    // An object literal has members of its own.
    if (const Value inside = member(at.file, at.index, name, depth); inside.kind != Kind::kNone) return inside;
    if (const Value value = held(at, depth); value.kind != Kind::kNone && value.kind != Kind::kDefinition)
      return step(value, name, from_file, depth + 1);
    else if (value.kind == Kind::kDefinition && (value.file != at.file || value.index != at.index))
      return step(value, name, from_file, depth + 1);
    return {};
  }
  if (d.type == NodeType::kFunction) return member(at.file, at.index, name, depth);
  return {};
}

parse::DefinitionIndex Resolver::class_around(std::uint32_t file, DefinitionIndex d) const {
  const auto& definitions = files_[file]->outline.definitions;
  for (; d != parse::kNone; d = definitions[d].parent) {
    const NodeType type = definitions[d].type;
    if (type == NodeType::kClass || type == NodeType::kInterface || type == NodeType::kEnum) return d;
  }
  return parse::kNone;
}

Value Resolver::free_name(std::uint32_t file, DefinitionIndex from, Word name, int depth) {
  const IndexedFile& f = *files_[file];
  const Language language = f.outline.language;
  const auto& definitions = f.outline.definitions;
  if (language == Language::kRust) {
    const std::string_view word = words_.text(name);
    if (word == "crate" || word == "super") {
      DefinitionIndex d = from;
      while (d != 0 && definitions[d].type != NodeType::kNamespace) d = definitions[d].parent;
      std::string_view here = words_.text(f.qualified[d]);
      const std::size_t dot = word == "crate" ? here.find('.') : here.find_last_of('.');
      const Word package = words_.find(here.substr(0, dot == std::string_view::npos ? 5 : dot));
      if (package != kNoWord && packages_.contains(package)) return {.kind = Kind::kPackage, .index = package};
      return {};
    }
  }
  for (DefinitionIndex d = from; d != parse::kNone; d = definitions[d].parent) {
    const parse::Definition& def = definitions[d];
    const bool is_type =
        def.type == NodeType::kClass || def.type == NodeType::kInterface || def.type == NodeType::kEnum;
    if (is_type && (members_in_scope(language) || d == from)) {
      if (const Value found = class_member(file, d, name, depth + 1); found.kind != Kind::kNone) return found;
    } else if (def.type == NodeType::kNamespace || def.type == NodeType::kModule) {
      if (const Value found = member(file, d, name, depth + 1); found.kind != Kind::kNone) return found;
      if (def.type == NodeType::kNamespace && !f.qualified.empty()) {
        // Of the namespace as a whole, then of the ones around it.
        for (std::string_view whole = words_.text(f.qualified[d]); !whole.empty();) {
          const Word package = words_.find(whole);
          if (package != kNoWord) {
            if (const Value found = package_member(package, name, file); found.kind != Kind::kNone) return found;
          }
          const std::size_t dot = whole.find_last_of('.');
          if (dot == std::string_view::npos) break;
          whole = whole.substr(0, dot);
        }
      }
    }
    if (def.owner != 0 && members_in_scope(language) && !f.qualified.empty()) {
      // The body of a member that stands outside of its class.
      const std::string_view whole = words_.text(f.qualified[d]);
      const std::string_view owner = whole.substr(0, whole.find_last_of('.'));
      const std::size_t dot = owner.find_last_of(".:");
      const Word around = words_.find(owner.substr(0, owner[dot] == ':' ? dot + 1 : dot));
      const Word last = words_.find(owner.substr(dot + 1));
      if (around != kNoWord && last != kNoWord) {
        const Value cls = package_member(around, last, file);
        if (is_class(cls)) {
          if (const Value found = class_member(cls.file, cls.index, name, depth + 1); found.kind != Kind::kNone)
            return found;
        }
      }
    }
  }
  for (const std::uint32_t star : f.stars) {
    const Value target = imported(file, star, depth + 1);
    if (target.kind == Kind::kNone || target.kind == Kind::kExternal ||
        (target.kind == Kind::kModule && target.file == file))
      continue;
    if (const Value found = step(target, name, file, depth + 1);
        found.kind != Kind::kNone && found.kind != Kind::kExternal)
      return found;
  }
  if (f.package != 0) {
    if (const Value found = package_member(f.package, name, file); found.kind != Kind::kNone) return found;
    // C#, PHP: what the namespaces around declare; Ruby and Swift have one namespace for all.
    if (language == Language::kCSharp) {
      for (std::string_view whole = words_.text(f.package); whole.find('.') != std::string_view::npos;) {
        whole = whole.substr(0, whole.find_last_of('.'));
        const Word package = words_.find(whole);
        if (package == kNoWord) continue;
        if (const Value found = package_member(package, name, file); found.kind != Kind::kNone) return found;
      }
    }
    if (const Word root = words_.find(package_prefix(language));
        root != kNoWord && root != f.package && (language == Language::kPhp || language == Language::kCSharp)) {
      const Value found = package_member(root, name, file);
      if (found.kind == Kind::kDefinition && definition(found).type == NodeType::kFunction) return found;
    }
  }
  if (language == Language::kBash) {
    // Sourced files share one scope.
    for (std::uint32_t b = 0; b < f.outline.bindings.size(); ++b) {
      const Value target = imported(file, b, depth + 1);
      if (target.kind != Kind::kModule || target.file == file) continue;
      if (const Value found = module_member(target.file, name, depth + 4); found.kind != Kind::kNone) return found;
    }
  }
  return {};
}

Value Resolver::start(std::uint32_t file, const parse::Reference& r, int depth, std::uint32_t& taken) {
  const IndexedFile& f = *files_[file];
  taken = 0;
  switch (r.root) {
    case Root::kDefinition: {
      Value v{.kind = Kind::kDefinition, .file = file, .index = r.index};
      // A declaration stands for the body, wherever that is.
      if (definition(v).flags & parse::Definition::kDeclared) {
        const Word owner = f.qualified.empty() ? 0 : f.qualified[definition(v).parent];
        if (owner != 0) {
          if (const Value body = package_member(owner, f.word(definition(v).name), file); body.kind != Kind::kNone)
            return body;
        }
      }
      return v;
    }
    case Root::kImport:
      return imported(file, r.index, depth + 1);
    case Root::kOwnClass:
      return {.kind = Kind::kObject, .file = file, .index = r.index};
    case Root::kBaseClass: {
      if (r.length == 0) {
        const auto all = bases(file, r.index, depth + 1);
        return all.empty() ? Value{} : all.front();
      }
      taken = 1;
      Value found = class_member(file, r.index, f.word(f.outline.names[r.first]), depth + 1, true);
      found.inherited = true;
      return found;
    }
    case Root::kFree:
      taken = 1;
      return r.length == 0 ? Value{} : free_name(file, r.index, f.word(f.outline.names[r.first]), depth + 1);
    default:
      return {};
  }
}

Value Resolver::follow(std::uint32_t file, const parse::Reference& r, int depth) {
  if (depth > kMaxDepth) return {};
  std::uint32_t taken = 0;
  Value at = start(file, r, depth, taken);
  const IndexedFile& f = *files_[file];
  // An object of Self is what the own object is.
  if (r.root == Root::kOwnClass && r.length > 0 && f.word(f.outline.names[r.first]) == call_step_) taken = 1;
  for (std::uint32_t i = taken; i < r.length && at.kind != Kind::kNone && at.kind != Kind::kExternal; ++i) {
    at = step(at, f.word(f.outline.names[r.first + i]), file, depth + 1);
  }
  return at;
}

Value Resolver::overload(Value function, std::uint8_t arguments) const {
  const IndexedFile& f = *files_[function.file];
  if (f.overloads.empty() || arguments == 255) return function;
  const parse::Definition& d = f.outline.definitions[function.index];
  const auto key = std::tuple(d.parent, f.word(d.name));
  const auto [from, end] = std::ranges::equal_range(
      f.overloads, key, {}, [](const IndexedFile::Overload& o) { return std::tuple(o.parent, o.name); });
  Value best = function;
  int fitting = 0;
  for (auto at = from; at != end; ++at) {
    const parse::Definition& candidate = f.outline.definitions[at->definition];
    if (arguments < candidate.least_arguments ||
        (candidate.most_arguments != 255 && arguments > candidate.most_arguments))
      continue;
    if (candidate.flags & parse::Definition::kDeclared) continue;
    if (fitting++ == 0) best.index = at->definition;
  }
  best.guessed = fitting > 1;
  return best;
}

}  // namespace code_graph::index
