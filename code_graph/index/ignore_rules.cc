#include "code_graph/index/ignore_rules.h"

#include <algorithm>

namespace code_graph::index {
namespace {

// Folders of tools, never looked into.
constexpr std::string_view kAlways[] = {"__pycache__",   ".git",        ".svn",  ".hg",       ".bzr",
                                        ".pytest_cache", ".mypy_cache", ".tox",  ".coverage", ".sass-cache",
                                        ".cache",        ".DS_Store",   ".idea", ".vscode",   ".vs"};
// Folders of what others wrote or a build made; an ignore file can bring them back with '!'.
constexpr std::string_view kByDefault[] = {"node_modules", ".venv", "venv", "target"};

// One character against a class "[a-z]" at the start of `pattern`; `length` becomes that of the class, 0 when it never
// closes.
bool in_class(std::string_view pattern, char c, std::size_t& length) {
  std::size_t i = 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool found = false;
  for (bool first = true; i < pattern.size(); first = false) {
    char low = pattern[i];
    if (low == ']' && !first) {
      length = i + 1;
      return found != negated;
    }
    if (low == '[' && i + 1 < pattern.size() && pattern[i + 1] == ':') {
      const std::size_t end = pattern.find(":]", i + 2);
      if (end != std::string_view::npos) {
        const std::string_view name = pattern.substr(i + 2, end - i - 2);
        const bool lower = c >= 'a' && c <= 'z';
        const bool upper = c >= 'A' && c <= 'Z';
        const bool digit = c >= '0' && c <= '9';
        found |= (name == "alpha" && (lower || upper)) || (name == "digit" && digit) ||
                 (name == "alnum" && (lower || upper || digit)) || (name == "lower" && lower) ||
                 (name == "upper" && upper) || (name == "space" && (c == ' ' || c == '\t'));
        i = end + 2;
        continue;
      }
    }
    if (low == '\\' && i + 1 < pattern.size()) low = pattern[++i];
    ++i;
    char high = low;
    if (i + 1 < pattern.size() && pattern[i] == '-' && pattern[i + 1] != ']') {
      high = pattern[i + 1];
      i += 2;
      if (high == '\\' && i < pattern.size()) high = pattern[i++];
    }
    found |= static_cast<unsigned char>(low) <= static_cast<unsigned char>(c) &&
             static_cast<unsigned char>(c) <= static_cast<unsigned char>(high);
  }
  length = 0;
  return false;
}

// Work is bounded: a hostile pattern of many stars gives up and does not match.
bool match(std::string_view pattern, std::string_view path, int& steps_left) {
  while (true) {
    if (--steps_left < 0) return false;
    if (pattern.empty()) return path.empty();
    if (pattern.starts_with("**")) {
      std::string_view rest = pattern.substr(2);
      while (rest.starts_with('*')) rest.remove_prefix(1);
      if (rest.empty()) return true;
      if (rest.front() == '/') {
        // "**/" is any number of folders, none included.
        rest.remove_prefix(1);
        for (std::string_view tail = path;;) {
          if (match(rest, tail, steps_left)) return true;
          const std::size_t slash = tail.find('/');
          if (slash == std::string_view::npos) return false;
          tail.remove_prefix(slash + 1);
        }
      }
      pattern = pattern.substr(1);
      continue;
    }
    if (pattern.front() == '*') {
      pattern.remove_prefix(1);
      for (std::size_t taken = 0;; ++taken) {
        if (match(pattern, path.substr(taken), steps_left)) return true;
        if (taken == path.size() || path[taken] == '/') return false;
      }
    }
    if (path.empty()) return false;
    if (pattern.front() == '?') {
      if (path.front() == '/') return false;
      pattern.remove_prefix(1);
    } else if (pattern.front() == '[') {
      std::size_t length = 0;
      const bool inside = in_class(pattern, path.front(), length);
      if (length == 0 || !inside || path.front() == '/') return false;
      pattern.remove_prefix(length);
    } else {
      if (pattern.front() == '\\' && pattern.size() > 1) pattern.remove_prefix(1);
      if (pattern.front() != path.front()) return false;
      pattern.remove_prefix(1);
    }
    path.remove_prefix(1);
  }
}

std::string_view base_of(std::string_view path) { return path.substr(path.find_last_of('/') + 1); }

}  // namespace

bool matches_glob(std::string_view pattern, std::string_view path) {
  int steps_left = 100'000;
  return match(pattern, path, steps_left);
}

IgnoreFile IgnoreFile::parse(std::string_view text) {
  IgnoreFile file;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  for (std::size_t from = 0; from < text.size();) {
    std::size_t end = text.find('\n', from);
    if (end == std::string_view::npos) end = text.size();
    std::string_view line = text.substr(from, end - from);
    from = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    // Blanks at the end do not count unless escaped.
    while (line.ends_with(' ') && !line.ends_with("\\ ")) line.remove_suffix(1);
    if (line.empty() || line.front() == '#') continue;
    if (line.starts_with("language:")) {
      std::string_view name = line.substr(9);
      while (name.starts_with(' ')) name.remove_prefix(1);
      if (const auto language = graph::language_named(name)) {
        file.languages_.push_back(*language);
        continue;
      }
    }
    Line rule;
    if (line.front() == '!') {
      rule.negated = true;
      line.remove_prefix(1);
    }
    if (line.ends_with('/')) {
      rule.folders_only = true;
      line.remove_suffix(1);
    }
    rule.anchored = line.find('/') != std::string_view::npos;
    if (line.starts_with('/')) line.remove_prefix(1);
    if (line.empty()) continue;
    rule.pattern = line;
    file.lines_.push_back(std::move(rule));
  }
  return file;
}

IgnoreFile::Answer IgnoreFile::answer(std::string_view path, bool is_folder) const {
  for (std::size_t i = lines_.size(); i-- > 0;) {
    const Line& line = lines_[i];
    if (line.folders_only && !is_folder) continue;
    if (!matches_glob(line.pattern, line.anchored ? path : base_of(path))) continue;
    return line.negated ? Answer::kKept : Answer::kIgnored;
  }
  return Answer::kUnsaid;
}

IgnoreRules IgnoreRules::inside(std::string folder, IgnoreFile file) const {
  IgnoreRules rules;
  rules.level_ = std::make_shared<const Level>(Level{std::move(folder), std::move(file), level_});
  return rules;
}

bool IgnoreRules::ignores(std::string_view path, bool is_folder) const {
  const std::string_view base = base_of(path);
  if (std::ranges::find(kAlways, base) != std::end(kAlways)) return true;
  for (const Level* level = level_.get(); level != nullptr; level = level->above.get()) {
    const std::string_view relative = level->folder.empty() ? path : path.substr(level->folder.size() + 1);
    const IgnoreFile::Answer answer = level->file.answer(relative, is_folder);
    if (answer != IgnoreFile::Answer::kUnsaid) return answer == IgnoreFile::Answer::kIgnored;
  }
  return is_folder && std::ranges::find(kByDefault, base) != std::end(kByDefault);
}

bool IgnoreRules::ignores(graph::Language language) const {
  for (const Level* level = level_.get(); level != nullptr; level = level->above.get()) {
    if (std::ranges::find(level->file.languages(), language) != level->file.languages().end()) return true;
  }
  return false;
}

}  // namespace code_graph::index
