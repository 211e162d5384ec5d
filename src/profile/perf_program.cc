#include "profile/perf_program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "base/format.h"

extern char** environ;

namespace loadstone::profile {
namespace {

namespace fs = std::filesystem;

// Runs a program with its output in files; its exit code, or -1.
int run(const std::vector<std::string>& command, const fs::path& out, const fs::path& err) {
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addopen(&files, 2, err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  pid_t pid = 0;
  const int failed = posix_spawnp(&pid, arguments[0], &files, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  int status = 0;
  if (failed != 0 || ::waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

bool has_perf_program() {
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "";
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    if (::access((std::string(rest.substr(0, colon)) + "/perf").c_str(), X_OK) == 0) return true;
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
  return false;
}

Result<Stacks> run_perf_program(std::span<const pid_t> pids, Nanoseconds length, int per_second) {
  std::error_code error;
  std::string pattern = (fs::temp_directory_path(error) / "loadstone-perf-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) return fail(ErrorCode::kIo, "no temporary folder for perf");
  const fs::path folder = pattern;
  struct Cleaner {
    const fs::path& folder;
    ~Cleaner() {
      std::error_code ignored;
      fs::remove_all(folder, ignored);
    }
  } const cleaner{folder};
  const std::string recording = folder / "perf.data";
  const int recorded =
      run({"perf", "record", "-q", "-e", "cpu-clock", "-F", std::to_string(per_second), "--call-graph", "dwarf,16384",
           "-p", format("{}", join(pids, ",")), "-o", recording, "--", "sleep", format("{:.3f}", to_seconds(length))},
          folder / "out", folder / "err");
  const auto complaint = [&] {
    const std::string text = text_of(folder / "err");
    return text.substr(0, std::min<std::size_t>(text.find('\n'), 200));
  };
  if (recorded != 0) return fail(ErrorCode::kUnavailable, format("perf record failed: {}", complaint()));
  if (run({"perf", "script", "-i", recording}, folder / "script", folder / "err") != 0)
    return fail(ErrorCode::kUnavailable, format("perf script failed: {}", complaint()));
  return parse_perf_script(text_of(folder / "script"));
}

}  // namespace loadstone::profile
