#include "code_graph/index/modules.h"

#include <algorithm>
#include <set>

namespace code_graph::index {
namespace {

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

std::string_view base_of(std::string_view path) { return path.substr(path.find_last_of('/') + 1); }

std::string joined(std::string_view folder, std::string_view rest) {
  std::string out(folder);
  if (!out.empty() && !rest.empty()) out += '/';
  out += rest;
  return out;
}

}  // namespace

bool normalise(std::string_view path, std::string& out) {
  std::vector<std::string_view> parts;
  for (std::size_t from = 0; from <= path.size();) {
    std::size_t end = path.find('/', from);
    if (end == std::string_view::npos) end = path.size();
    const std::string_view part = path.substr(from, end - from);
    if (part == "..") {
      if (parts.empty()) return false;
      parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    from = end + 1;
  }
  out.clear();
  for (const std::string_view part : parts) {
    if (!out.empty()) out += '/';
    out += part;
  }
  return true;
}

Modules::Modules(const std::vector<std::string_view>& paths, const std::vector<Manifest>& manifests)
    : paths_(paths), manifests_(manifests) {
  by_path_.reserve(paths.size());
  for (std::uint32_t i = 0; i < paths.size(); ++i) {
    by_path_.emplace(paths[i], i);
    by_base_.emplace(base_of(paths[i]), i);
  }
  std::set<std::string, std::less<>> roots{""};
  std::set<std::string_view> looked_at;
  for (const std::string_view path : paths) {
    if (!path.ends_with(".py") && !path.ends_with(".pyi")) continue;
    std::string_view folder = folder_of(path);
    if (!looked_at.insert(folder).second) continue;
    while (!folder.empty() && exact(joined(folder, "__init__.py")) != kNoFile) folder = folder_of(folder);
    roots.emplace(folder);
  }
  python_roots_.assign(roots.begin(), roots.end());
}

std::uint32_t Modules::exact(std::string_view path) const {
  const auto at = by_path_.find(path);
  return at == by_path_.end() ? kNoFile : at->second;
}

std::uint32_t Modules::python_at(std::string_view folder, std::string_view dotted) const {
  std::string path = joined(folder, dotted);
  std::replace(path.begin() + static_cast<std::ptrdiff_t>(folder.size()), path.end(), '.', '/');
  for (const std::string_view tail : {"/__init__.py", ".py", ".pyi", "/__init__.pyi"}) {
    if (path.empty() && tail.front() == '.') continue;
    const std::string whole = path.empty() ? std::string(tail.substr(1)) : path + std::string(tail);
    if (const std::uint32_t file = exact(whole); file != kNoFile) return file;
  }
  return kNoFile;
}

std::uint32_t Modules::python(std::string_view from, std::string_view module, int level) const {
  std::string_view folder = folder_of(from);
  if (level > 0) {
    for (int i = 1; i < level; ++i) folder = folder_of(folder);
    return python_at(folder, module);
  }
  if (module.empty()) return kNoFile;
  // The root of the importing file's own package first, then the project's, then any other if only one has it.
  while (!folder.empty() && exact(joined(folder, "__init__.py")) != kNoFile) folder = folder_of(folder);
  if (const std::uint32_t file = python_at(folder, module); file != kNoFile) return file;
  const auto [known, fresh] = python_elsewhere_.emplace(module, kNoFile);
  if (!fresh) return known->second;
  std::uint32_t only = kNoFile;
  for (const std::string& root : python_roots_) {
    const std::uint32_t file = python_at(root, module);
    if (file == kNoFile) continue;
    if (root.empty()) return known->second = file;
    if (only != kNoFile) return known->second = kNoFile;
    only = file;
  }
  // A one-word module in some far folder is more likely the library's.
  const bool far =
      module.find('.') == std::string_view::npos && only != kNoFile && base_of(paths_[only]) != "__init__.py";
  return known->second = far ? kNoFile : only;
}

std::uint32_t Modules::find_inside(std::uint32_t file, std::string_view name) const {
  const std::string_view base = base_of(paths_[file]);
  if (base != "__init__.py" && base != "__init__.pyi") return kNoFile;
  return python_at(folder_of(paths_[file]), name);
}

std::uint32_t Modules::script_at(std::string_view path) const {
  std::string whole(path);
  if (const std::uint32_t file = exact(whole); file != kNoFile) return file;
  // TypeScript imports are written with the extension of what they compile to.
  for (const auto& [written, real] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {".js", ".ts"}, {".js", ".tsx"}, {".jsx", ".tsx"}, {".mjs", ".mts"}, {".cjs", ".cts"}}) {
    if (!path.ends_with(written)) continue;
    if (const std::uint32_t file = exact(std::string(path.substr(0, path.size() - written.size())) + std::string(real));
        file != kNoFile)
      return file;
  }
  for (const std::string_view tail : {".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts"}) {
    if (const std::uint32_t file = exact(whole + std::string(tail)); file != kNoFile) return file;
  }
  for (const std::string_view tail :
       {"index.ts", "index.tsx", "index.d.ts", "index.js", "index.jsx", "index.mjs", "index.cjs"}) {
    if (const std::uint32_t file = exact(joined(whole, tail)); file != kNoFile) return file;
  }
  return kNoFile;
}

std::uint32_t Modules::script(std::string_view from, std::string_view module) const {
  std::string path;
  if (module.starts_with("./") || module.starts_with("../") || module == "." || module == "..") {
    return normalise(joined(folder_of(from), module), path) ? script_at(path) : kNoFile;
  }
  // A package of the same tree: its own name, and perhaps a path inside.
  for (const Manifest& m : manifests_) {
    if (!m.path.ends_with("package.json") || m.name.empty() || !module.starts_with(m.name)) continue;
    const std::string_view rest = module.substr(m.name.size());
    const std::string_view folder = folder_of(m.path);
    if (rest.empty()) {
      for (const std::string_view main : {"src/index", "index", "lib/index"}) {
        if (const std::uint32_t file = script_at(joined(folder, main)); file != kNoFile) return file;
      }
    } else if (rest.front() == '/') {
      if (const std::uint32_t file = script_at(joined(folder, rest.substr(1))); file != kNoFile) return file;
      if (const std::uint32_t file = script_at(joined(folder, "src" + std::string(rest))); file != kNoFile) return file;
    }
  }
  return kNoFile;
}

std::uint32_t Modules::find_path(std::string_view from, std::string_view path) const {
  std::string whole;
  if (normalise(joined(folder_of(from), path), whole)) {
    if (const std::uint32_t file = exact(whole); file != kNoFile) return file;
  }
  if (!normalise(path, whole)) return kNoFile;
  if (const std::uint32_t file = exact(whole); file != kNoFile) return file;
  std::uint32_t only = kNoFile;
  const auto [begin, end] = by_base_.equal_range(base_of(whole));
  for (auto at = begin; at != end; ++at) {
    const std::string_view candidate = paths_[at->second];
    if (!candidate.ends_with(whole) || candidate.size() == whole.size() ||
        candidate[candidate.size() - whole.size() - 1] != '/')
      continue;
    if (only != kNoFile) return kNoFile;
    only = at->second;
  }
  return only;
}

bool Modules::find_go_folder(std::string_view import, std::string& folder) const {
  for (const Manifest& m : manifests_) {
    if (base_of(m.path) != "go.mod" || !import.starts_with(m.name)) continue;
    const std::string_view rest = import.substr(m.name.size());
    if (!rest.empty() && rest.front() != '/') continue;
    folder = joined(folder_of(m.path), rest.empty() ? rest : rest.substr(1));
    return true;
  }
  return false;
}

std::uint32_t Modules::find(graph::Language language, std::string_view from, std::string_view module, int level) const {
  using graph::Language;
  switch (language) {
    case Language::kPython:
      return python(from, module, level);
    case Language::kJavaScript:
    case Language::kTypeScript:
      return script(from, module);
    case Language::kLua: {
      std::string path(module);
      std::ranges::replace(path, '.', '/');
      const std::uint32_t file = find_path(from, path + ".lua");
      return file != kNoFile ? file : find_path(from, path + "/init.lua");
    }
    case Language::kRuby: {
      const std::string path = std::string(module) + (module.ends_with(".rb") ? "" : ".rb");
      if (const std::uint32_t file = find_path(from, path); file != kNoFile) return file;
      return find_path("", "lib/" + path);
    }
    case Language::kBash:
    case Language::kPhp:
    case Language::kC:
    case Language::kCpp:
      return module.empty() ? kNoFile : find_path(from, module);
    default:
      return kNoFile;
  }
}

}  // namespace code_graph::index
