#include "code_graph/index/tree_walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/format.h"

namespace code_graph::index {
namespace {

constexpr int kMaxFolderDepth = 128;
constexpr std::size_t kMaxManifestBytes = 256 * 1024;

std::optional<std::string> read_whole(const std::filesystem::path& file, std::size_t limit, SkipReason& reason) {
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) {
    reason = errno == ELOOP ? SkipReason::kLink : SkipReason::kUnreadable;
    return std::nullopt;
  }
  std::string text;
  struct stat status{};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    close(descriptor);
    reason = SkipReason::kUnreadable;
    return std::nullopt;
  }
  text.resize(static_cast<std::size_t>(status.st_size) + 1);
  std::size_t have = 0;
  while (have <= limit) {
    if (have == text.size()) text.resize(text.size() * 2);
    const ssize_t got = read(descriptor, text.data() + have, text.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      if (got < 0) have = limit + 1;
      break;
    }
    have += static_cast<std::size_t>(got);
  }
  close(descriptor);
  if (have > limit) {
    reason = SkipReason::kTooLarge;
    return std::nullopt;
  }
  text.resize(have);
  return text;
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x80) {
      ++i;
      continue;
    }
    const std::size_t length = c >= 0xF0 && c < 0xF5 ? 4 : c >= 0xE0 ? 3 : c >= 0xC2 ? 2 : 0;
    if (length == 0 || c >= 0xF5 || i + length > text.size()) return false;
    for (std::size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
    }
    i += length;
  }
  return true;
}

std::string from_latin1(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xC0 | byte >> 6);
      out += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return out;
}

// The name that a package.json or go.mod gives.
std::string name_in_manifest(std::string_view base, std::string_view text) {
  if (base == "go.mod") {
    const std::size_t at = text.find("module ");
    if (at == std::string_view::npos) return {};
    const std::string_view line = text.substr(
        at + 7, text.find('\n', at) == std::string_view::npos ? std::string_view::npos : text.find('\n', at) - at - 7);
    return std::string(line.substr(0, line.find_first_of(" \t\r/\"") == 0 ? 0 : line.find_last_not_of(" \t\r") + 1));
  }
  // The first "name" of the outermost object; good enough without a reader of JSON.
  const std::size_t key = text.find("\"name\"");
  if (key == std::string_view::npos) return {};
  const std::size_t open = text.find('"', text.find(':', key + 6));
  if (open == std::string_view::npos) return {};
  const std::size_t close = text.find('"', open + 1);
  return close == std::string_view::npos ? std::string{} : std::string(text.substr(open + 1, close - open - 1));
}

class Walk {
 public:
  Walk(const std::filesystem::path& root, Listing& to) : root_(root), to_(to) {}

  void enter(const std::string& folder, IgnoreRules rules, int depth) {
    DIR* stream = opendir((root_ / folder).c_str());
    if (stream == nullptr) {
      to_.skipped.push_back({folder, SkipReason::kUnreadable});
      return;
    }
    to_.folders.push_back(folder);
    std::vector<std::string> names;
    while (const dirent* entry = readdir(stream)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    std::ranges::sort(names);
    for (const char* name : {".graphignore", ".gitignore"}) {
      if (!std::ranges::binary_search(names, name)) continue;
      SkipReason reason;
      if (const auto text = read_whole(root_ / folder / name, kMaxManifestBytes, reason)) {
        rules = rules.inside(folder, IgnoreFile::parse(*text));
        break;
      }
    }
    for (const std::string& name : names) {
      const std::string path = folder.empty() ? name : folder + '/' + name;
      struct stat status{};
      if (fstatat(dirfd(stream), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
      const bool is_folder = S_ISDIR(status.st_mode);
      if (rules.ignores(path, is_folder)) continue;
      if (is_folder) {
        if (depth < kMaxFolderDepth) enter(path, rules, depth + 1);
        continue;
      }
      if (name == "package.json" || name == "go.mod") {
        SkipReason reason;
        if (const auto text = read_whole(root_ / path, kMaxManifestBytes, reason))
          to_.manifests.push_back({path, name_in_manifest(name, *text)});
      }
      const graph::Language language = graph::language_of_path(path);
      if (language == graph::Language::kNone || rules.ignores(language)) continue;
      if (S_ISLNK(status.st_mode)) {
        to_.skipped.push_back({path, SkipReason::kLink});
      } else if (!S_ISREG(status.st_mode)) {
        to_.skipped.push_back({path, SkipReason::kUnreadable});
      } else if (static_cast<std::uint64_t>(status.st_size) > kMaxFileBytes) {
        to_.skipped.push_back({path, SkipReason::kTooLarge});
      } else {
        to_.files.push_back({path, language, stamp_of(status)});
      }
    }
    closedir(stream);
  }

 private:
  const std::filesystem::path& root_;
  Listing& to_;
};

}  // namespace

Stamp stamp_of(const struct stat& status) {
  const auto ns = [](const timespec& t) { return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec; };
  return {.bytes = static_cast<std::uint64_t>(status.st_size),
          .inode = status.st_ino,
          .modified_ns = ns(status.st_mtim),
          .changed_ns = ns(status.st_ctim)};
}

std::string_view name_of(SkipReason reason) {
  constexpr std::string_view kNames[] = {"too large", "binary", "unreadable", "link", "timed out"};
  return kNames[static_cast<std::size_t>(reason)];
}

loadstone::Result<Listing> list_tree(const std::filesystem::path& root) {
  std::error_code error;
  if (!std::filesystem::is_directory(root, error)) {
    return loadstone::fail(loadstone::ErrorCode::kNotFound, loadstone::format("{} is no folder", root.string()));
  }
  Listing listing;
  Walk(root, listing).enter("", {}, 0);
  std::ranges::sort(listing.files, {}, &FoundFile::path);
  return listing;
}

std::optional<std::string> read_source(const std::filesystem::path& file, SkipReason& reason) {
  auto text = read_whole(file, kMaxFileBytes, reason);
  if (!text) return std::nullopt;
  if (text->find('\0') != std::string::npos) {
    reason = SkipReason::kBinary;
    return std::nullopt;
  }
  if (!is_utf8(*text)) return from_latin1(*text);
  if (text->starts_with("\xEF\xBB\xBF")) text->erase(0, 3);
  return text;
}

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t h = 0x9E3779B97F4A7C15 ^ text.size();
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    h = (h ^ word) * 0xFF51AFD7ED558CCD;
    h ^= h >> 32;
  }
  for (; i < text.size(); ++i) h = (h ^ static_cast<unsigned char>(text[i])) * 0x100000001B3;
  return h ^ (h >> 33);
}

}  // namespace code_graph::index
