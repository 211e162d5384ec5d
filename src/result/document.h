// The result as a JSON document, both ways; and the JSON Schema of that document. Keys are in docs/result-format.md.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "result/result.h"

namespace loadstone::result {

inline constexpr std::string_view kResultFile = "result.json";
inline constexpr std::string_view kResultSchema = "loadstone-result/1";
// A result holds some histograms per scenario and at most 600 points; more than this is not one of ours.
inline constexpr std::size_t kLargestDocument = std::size_t{1} << 30;

// Indented, keys in alphabetical order, with a newline at the end. The same result gives the same bytes.
[[nodiscard]] std::string write_document(const RunResult& run);

// Messages name the key: "scenarios[2].targets[0].verdict: expected pass, fail, inconclusive or invalid".
[[nodiscard]] Result<RunResult> read_document(std::string_view text);
[[nodiscard]] Result<RunResult> read_document_file(const std::filesystem::path& file);

// Writes beside it and renames, so that a reader sees the whole of it or none.
[[nodiscard]] Status write_file(const std::filesystem::path& file, std::string_view text);

// JSON Schema (draft 2020-12) of the document.
[[nodiscard]] std::string_view document_schema();

}  // namespace loadstone::result
