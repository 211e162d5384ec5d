#include "cli/init.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <system_error>

#include "base/format.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/init_order.h"
#include "draft/read.h"
#include "draft/suite_text.h"
#include "scenario/load.h"

namespace loadstone::cli {
namespace {

namespace fs = std::filesystem;

// Standard input, as much of it as a source may have and one byte more.
std::string read_input() {
  std::string text;
  char block[1 << 16];
  while (text.size() <= draft::kMaxSource && std::cin.read(block, sizeof block).gcount() > 0)
    text.append(block, static_cast<std::size_t>(std::cin.gcount()));
  return text;
}

// The source's text; what is wrong with it goes to the console.
config::SharedSource source_of(Console& console, const InitOrder& order) {
  Result<config::SharedSource> source;
  switch (order.source) {
    case SourceKind::kText:
      source = config::make_source("--curl", order.text, draft::kMaxSource);
      break;
    case SourceKind::kInput:
      source = config::make_source("standard input", read_input(), draft::kMaxSource);
      break;
    default:
      source = config::read_source(order.text, draft::kMaxSource);
  }
  if (source) return *source;
  console.err << "error: " << config::printable(source.error().message) << '\n';
  return nullptr;
}

std::optional<draft::Draft> make_draft(Console& console, const InitOrder& order) {
  std::optional<draft::Draft> draft;
  if (order.source == SourceKind::kUrl) {
    config::Diagnostics problems;
    draft = draft::from_url(order.text, order.choices, problems);
    console.err << problems.text();
  } else if (const auto source = source_of(console, order)) {
    config::Diagnostics problems(source);
    draft = draft::from_text(*source, order.form, order.choices, problems);
    console.err << problems.text();
  }
  return draft;
}

// An existing file is left alone unless `force`.
Status write_file(const fs::path& path, std::string_view bytes, ::mode_t mode, bool force) {
  const auto failed = [&](int error) {
    const std::string why = std::error_code(error, std::generic_category()).message();
    return fail(ErrorCode::kIo, error == EEXIST ? format("{}: is there already; --force writes over it", path.string())
                                                : format("{}: {}", path.string(), why));
  };
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (force ? O_TRUNC : O_EXCL), mode);
  if (fd < 0) return failed(errno);
  int error = 0;
  while (!bytes.empty() && error == 0) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n >= 0)
      bytes.remove_prefix(static_cast<std::size_t>(n));
    else if (errno != EINTR)
      error = errno;
  }
  if (::close(fd) != 0 && error == 0) error = errno;
  if (error != 0) return failed(error);
  return {};
}

// The suite goes last: when it is there, all that it needs is there.
Status write_all(const InitOrder& order, const draft::Draft& draft, std::string_view suite) {
  const fs::path path(order.out);
  std::error_code ignored;
  if (!order.force && fs::exists(path, ignored))
    return fail(ErrorCode::kInvalid, format("{}: is there already; --force writes over it", order.out));
  // A body may hold the secrets of whoever recorded it.
  constexpr ::mode_t kOwnerAlone = 0600;
  constexpr ::mode_t kAsUsual = 0666;
  for (const draft::BodyFile& file : draft.files)
    if (auto ok = write_file(path.parent_path() / file.name, file.bytes, kOwnerAlone, order.force); !ok) return ok;
  return write_file(path, suite, kAsUsual, order.force);
}

// What `loadstone check` would make of it once the variables have values.
scenario::Loaded read_back(const InitOrder& order, const draft::Draft& draft) {
  scenario::LoadOptions options;
  for (const draft::Variable& v : draft.variables) options.variables.set.emplace(v.name, "x");
  return scenario::load_suite(order.out, options);
}

std::string next_steps(const InitOrder& order, const draft::Draft& draft, const scenario::Scenario& written) {
  std::string what = "a WebSocket";
  if (const auto* http = std::get_if<scenario::HttpLoad>(&written.kind))
    what = format("{} kind{} of request", http->requests.size(), http->requests.size() == 1 ? "" : "s");
  std::string text = format("{}: {} to {}\n", order.out, what, draft.target);
  for (const draft::BodyFile& file : draft.files)
    text += format("{}: a body\n", (fs::path(order.out).parent_path() / file.name).string());
  for (const draft::Variable& v : draft.variables)
    text += format("  export {}=...   # {}\n", v.name, config::printable(v.meaning));
  return text + format("  loadstone check {}\n  loadstone run {}\n", order.out, order.out);
}

}  // namespace

int init(Console& console, Arguments arguments) {
  const auto order = parse_init(arguments);
  if (!order) return answer(console, order.error());
  const auto draft = make_draft(console, *order);
  if (!draft) return kExitUsage;
  const std::string suite = draft::suite_text(*draft);
  if (order->out == "-") {
    if (draft->files.empty()) {
      console.out << suite;
      return kExitMet;
    }
    console.err << "error: bodies that are long or not text need files beside the suite; name it with -o FILE\n";
    return kExitUsage;
  }
  if (const auto ok = write_all(*order, *draft, suite); !ok) {
    console.err << "error: " << config::printable(ok.error().message) << '\n';
    return kExitUsage;
  }
  const scenario::Loaded written = read_back(*order, *draft);
  if (!written.suite) {
    console.err << written.problems << "The draft needs these corrections before it runs.\n";
    return kExitUsage;
  }
  console.err << next_steps(*order, *draft, written.suite->scenarios.front());
  return kExitMet;
}

}  // namespace loadstone::cli
