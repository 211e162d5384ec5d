// Which paths of a tree are left out: git's rules for .gitignore (nested files, !, **, classes), and .graphignore,
// which is the same with lines "language: X" for all files of a language. In a folder with both, .graphignore is read
// and .gitignore is not.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "code_graph/graph/kinds.h"

namespace code_graph::index {

// The lines of one ignore file.
class IgnoreFile {
 public:
  enum class Answer : std::uint8_t { kUnsaid, kIgnored, kKept };

  static IgnoreFile parse(std::string_view text);
  // `path` is relative to the folder of the ignore file. The last line that matches decides.
  [[nodiscard]] Answer answer(std::string_view path, bool is_folder) const;
  [[nodiscard]] const std::vector<graph::Language>& languages() const { return languages_; }

 private:
  struct Line {
    std::string pattern;
    bool negated = false;
    bool folders_only = false;
    bool anchored = false;  // compared with the whole relative path, not with the last part
  };
  std::vector<Line> lines_;
  std::vector<graph::Language> languages_;
};

// The ignore files from the root down to one folder. Copies share what is above.
class IgnoreRules {
 public:
  IgnoreRules() = default;
  // The rules inside of `folder` (relative to the root, empty for the root itself), which has this ignore file.
  [[nodiscard]] IgnoreRules inside(std::string folder, IgnoreFile file) const;
  // `path` is relative to the root and lies in the folder of these rules or below. What lies in an ignored folder is
  // ignored, whatever is said of it; callers do not enter such folders.
  [[nodiscard]] bool ignores(std::string_view path, bool is_folder) const;
  [[nodiscard]] bool ignores(graph::Language language) const;

 private:
  struct Level {
    std::string folder;
    IgnoreFile file;
    std::shared_ptr<const Level> above;
  };
  std::shared_ptr<const Level> level_;
};

// Git's wildmatch with pathnames: * and ? stop at '/', ** does not.
[[nodiscard]] bool matches_glob(std::string_view pattern, std::string_view path);

}  // namespace code_graph::index
