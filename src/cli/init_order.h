// What `loadstone init` was told to do, understood and checked.
#pragma once

#include <optional>
#include <string>

#include "cli/flags.h"
#include "draft/read.h"

namespace loadstone::cli {

enum class SourceKind {
  kUrl,    // `text` is the URL
  kFile,   // `text` is its path
  kText,   // `text` is a command line
  kInput,  // standard input
};

struct InitOrder {
  SourceKind source = SourceKind::kFile;
  std::string text;
  std::optional<draft::Form> form;  // none: by what the source holds
  draft::Choices choices;
  std::string out = "suite.yaml";  // "-": standard output
  bool force = false;
};
[[nodiscard]] tl::expected<InitOrder, Usage> parse_init(Arguments arguments);

}  // namespace loadstone::cli
