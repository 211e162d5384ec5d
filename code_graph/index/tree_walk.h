// Lists the source files of a tree and reads them.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "code_graph/index/ignore_rules.h"
#include "code_graph/index/modules.h"

namespace code_graph::index {

// Files greater than this are not read: they are generated or data.
inline constexpr std::uint64_t kMaxFileBytes = 1024 * 1024;

// Which content a path stands for: another one after every write, rename and link. Only two writes within one tick of
// the file system's clock may leave the same.
struct Stamp {
  std::uint64_t bytes = 0;
  std::uint64_t inode = 0;
  std::int64_t modified_ns = 0;  // may be set by anybody; the other may not
  std::int64_t changed_ns = 0;

  friend bool operator==(const Stamp&, const Stamp&) = default;
};
[[nodiscard]] Stamp stamp_of(const struct ::stat& status);

struct FoundFile {
  std::string path;  // relative to the root, with '/'
  graph::Language language = graph::Language::kNone;
  Stamp stamp;
};

enum class SkipReason : std::uint8_t { kTooLarge, kBinary, kUnreadable, kLink, kTimedOut };
[[nodiscard]] std::string_view name_of(SkipReason reason);

struct Skipped {
  std::string path;
  SkipReason reason = SkipReason::kUnreadable;
};

struct Listing {
  std::vector<FoundFile> files;      // by path
  std::vector<std::string> folders;  // entered ones, the root ("") first
  std::vector<Skipped> skipped;
  std::vector<Manifest> manifests;
};

// Links are not followed: what they lead to is listed where it is, or is outside of the tree.
[[nodiscard]] loadstone::Result<Listing> list_tree(const std::filesystem::path& root);

// The whole file as UTF-8; what is not UTF-8 is read as Latin-1. nullopt: see `reason`.
[[nodiscard]] std::optional<std::string> read_source(const std::filesystem::path& file, SkipReason& reason);

[[nodiscard]] std::uint64_t hash_of(std::string_view text);

}  // namespace code_graph::index
