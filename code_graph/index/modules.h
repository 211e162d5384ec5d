// From what an import says to the file it means. Built for one set of files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "code_graph/graph/kinds.h"

namespace code_graph::index {

inline constexpr std::uint32_t kNoFile = ~std::uint32_t{0};

// What build files say of names: the module of a go.mod, the name of a package.json.
struct Manifest {
  std::string path;  // of the file itself
  std::string name;

  friend bool operator==(const Manifest&, const Manifest&) = default;
};

class Modules {
 public:
  // `paths` must outlive it; numbers are places in it.
  Modules(const std::vector<std::string_view>& paths, const std::vector<Manifest>& manifests);

  // The file that `module` means when `from` imports it; kNoFile when it is none of the tree.
  [[nodiscard]] std::uint32_t find(graph::Language language, std::string_view from, std::string_view module,
                                   int level) const;
  // The module `name` inside of the package whose __init__ is `file` (Python); kNoFile when there is none.
  [[nodiscard]] std::uint32_t find_inside(std::uint32_t file, std::string_view name) const;
  // A file by a path that may be relative to `from`'s folder, to the root, or be the tail of exactly one file's path.
  [[nodiscard]] std::uint32_t find_path(std::string_view from, std::string_view path) const;
  // Go: the folder an import path means; nullopt-like npos when it is outside.
  [[nodiscard]] bool find_go_folder(std::string_view import, std::string& folder) const;
  [[nodiscard]] std::uint32_t exact(std::string_view path) const;

 private:
  [[nodiscard]] std::uint32_t python(std::string_view from, std::string_view module, int level) const;
  [[nodiscard]] std::uint32_t python_at(std::string_view folder, std::string_view dotted) const;
  [[nodiscard]] std::uint32_t script(std::string_view from, std::string_view module) const;
  [[nodiscard]] std::uint32_t script_at(std::string_view path) const;

  const std::vector<std::string_view>& paths_;
  std::unordered_map<std::string_view, std::uint32_t> by_path_;
  std::unordered_multimap<std::string_view, std::uint32_t> by_base_;
  std::vector<std::string> python_roots_;  // folders that top-level packages and modules stand in
  const std::vector<Manifest>& manifests_;
  // What looking through all the roots has found: the same few modules are imported everywhere.
  mutable std::unordered_map<std::string, std::uint32_t> python_elsewhere_;
};

// "a/b/../c/./d" to "a/c/d"; false when it leads above the root.
[[nodiscard]] bool normalise(std::string_view path, std::string& out);

}  // namespace code_graph::index
