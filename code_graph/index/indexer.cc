#include "code_graph/index/indexer.h"

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <ctime>
#include <thread>

#include "base/format.h"
#include "code_graph/graph/builder.h"
#include "code_graph/index/resolver.h"

namespace code_graph::index {
namespace {

using loadstone::SteadyClock;

std::string utc_now() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  tm parts{};
  gmtime_r(&now.tv_sec, &parts);
  return loadstone::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                           parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, now.tv_nsec / 1000);
}

std::string_view base_of(std::string_view path) { return path.substr(path.find_last_of('/') + 1); }

bool steers_the_walk(std::string_view path) {
  const std::string_view base = base_of(path);
  return base == ".gitignore" || base == ".graphignore" || base == "package.json" || base == "go.mod";
}

}  // namespace

Indexer::Indexer(IndexOptions options) : options_(std::move(options)), words_(std::make_unique<Words>()) {}
Indexer::~Indexer() = default;

Indexer::Parsed Indexer::parse_one(parse::Parser& parser, const FoundFile& found) const {
  SkipReason reason = SkipReason::kUnreadable;
  const auto text = read_source(options_.root / found.path, reason);
  if (!text) return {nullptr, reason};
  auto file = std::make_unique<IndexedFile>();
  file->path = found.path;
  file->bytes = found.bytes;
  file->modified_ns = found.modified_ns;
  file->hash = hash_of(*text);
  file->outline = parser.read(found.path, found.language, *text, options_.parse_budget);
  std::optional<SkipReason> skipped;
  if (file->outline.state == parse::ReadState::kTimedOut) skipped = SkipReason::kTimedOut;
  return {std::move(file), skipped};
}

std::vector<Indexer::Parsed> Indexer::parse_all(const std::vector<FoundFile>& files, const Progress& progress) {
  std::vector<Parsed> parsed(files.size());
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> done{0};
  // Every thread takes the next file; large and small ones even out.
  const auto work = [&](bool tell) {
    parse::Parser parser;
    for (std::size_t i = next++; i < files.size(); i = next++) {
      parsed[i] = parse_one(parser, files[i]);
      const std::size_t now_done = ++done;
      if (tell && progress && now_done % 64 == 0) progress(now_done, files.size());
    }
  };
  const std::size_t helpers = std::min<std::size_t>(options_.threads > 0 ? options_.threads - 1 : 0, files.size() / 8);
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < helpers; ++i) threads.emplace_back(work, false);
  work(true);
  threads.clear();  // joins
  if (progress) progress(files.size(), files.size());
  return parsed;
}

loadstone::Result<Update> Indexer::rescan(bool force, const Progress& progress) {
  IndexReport report;
  const auto begun = SteadyClock::read();
  auto listing = list_tree(options_.root);
  if (!listing) return loadstone::fail(listing.error());
  const auto listed = SteadyClock::read();
  report.list_time = listed - begun;

  skipped_.clear();
  for (const Skipped& s : listing->skipped) skipped_.emplace(s.path, s.reason);
  manifests_ = std::move(listing->manifests);
  folders_ = std::move(listing->folders);

  std::vector<FoundFile> changed;
  std::map<std::string, std::unique_ptr<IndexedFile>> kept;
  for (FoundFile& found : listing->files) {
    const auto known = files_.find(found.path);
    const bool same = !force && known != files_.end() && known->second->bytes == found.bytes &&
                      known->second->modified_ns == found.modified_ns &&
                      known->second->outline.language == found.language;
    if (same) {
      if (known->second->outline.state == parse::ReadState::kTimedOut)
        skipped_.emplace(found.path, SkipReason::kTimedOut);
      kept.emplace(found.path, std::move(known->second));
    } else {
      changed.push_back(std::move(found));
    }
  }
  // Numbers of words are only ever added; when most are of files that are gone, begin anew.
  if (kept.empty()) words_ = std::make_unique<Words>();
  auto parsed = parse_all(changed, progress);
  for (std::size_t i = 0; i < parsed.size(); ++i) {
    if (parsed[i].skipped) skipped_.emplace(changed[i].path, *parsed[i].skipped);
    if (parsed[i].file == nullptr) continue;
    derive(*parsed[i].file, *words_);
    kept.emplace(changed[i].path, std::move(parsed[i].file));
  }
  files_ = std::move(kept);
  report.files_parsed = changed.size();
  report.parse_time = SteadyClock::read() - listed;
  return finish(std::move(report));
}

loadstone::Result<Update> Indexer::apply(const std::vector<std::string>& paths) {
  IndexReport report;
  const auto begun = SteadyClock::read();
  std::vector<FoundFile> changed;
  for (const std::string& path : paths) {
    if (steers_the_walk(path)) return rescan();
    struct stat status{};
    const bool exists = lstat((options_.root / path).c_str(), &status) == 0;
    if (exists && S_ISDIR(status.st_mode)) return rescan();
    const graph::Language language = graph::language_of_path(path);
    if (!exists) {
      if (files_.erase(path) + skipped_.erase(path) > 0) continue;
      // Perhaps a folder that is gone with all below it.
      const std::string below = path + '/';
      for (auto at = files_.lower_bound(below); at != files_.end() && at->first.starts_with(below);)
        at = files_.erase(at);
      continue;
    }
    if (language == graph::Language::kNone) continue;
    // A file that is new may be ignored; the walk knows the rules.
    if (!files_.contains(path)) return rescan();
    if (!S_ISREG(status.st_mode) || static_cast<std::uint64_t>(status.st_size) > kMaxFileBytes) return rescan();
    changed.push_back({path, language, static_cast<std::uint64_t>(status.st_size),
                       std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec});
  }
  auto parsed = parse_all(changed, {});
  for (std::size_t i = 0; i < parsed.size(); ++i) {
    skipped_.erase(changed[i].path);
    if (parsed[i].skipped) skipped_.emplace(changed[i].path, *parsed[i].skipped);
    if (parsed[i].file == nullptr) {
      files_.erase(changed[i].path);
      continue;
    }
    derive(*parsed[i].file, *words_);
    files_[changed[i].path] = std::move(parsed[i].file);
  }
  report.files_parsed = changed.size();
  report.parse_time = SteadyClock::read() - begun;
  return finish(std::move(report));
}

Update Indexer::finish(IndexReport report) {
  const auto begun = SteadyClock::read();
  std::vector<const IndexedFile*> files;
  files.reserve(files_.size());
  for (const auto& [path, file] : files_) {
    files.push_back(file.get());
    report.lines += file->outline.lines;
    if (file->outline.state == parse::ReadState::kBroken || file->outline.state == parse::ReadState::kTooDeep)
      report.broken.push_back(path);
  }
  report.files = files.size();
  for (const auto& [path, reason] : skipped_) report.skipped.push_back({path, reason});

  graph::SnapshotBuilder builder;
  Resolver(files, manifests_, *words_).fill(builder);
  Update update;
  update.before = snapshot_;
  update.after = std::move(builder).build(++generation_, utc_now());
  snapshot_ = update.after;
  report.resolve_time = SteadyClock::read() - begun;
  if (update.before == nullptr) {
    update.reset = true;
  } else {
    update.changes = graph::difference(*update.before, *update.after);
    if (update.changes.size() > options_.max_changes) {
      update.changes = {};
      update.reset = true;
    }
  }
  update.report = std::move(report);
  return update;
}

std::size_t Indexer::memory_bytes() const {
  std::size_t bytes = words_->memory_bytes();
  for (const auto& [path, file] : files_) bytes += file->memory_bytes() + path.capacity() + 96;
  return bytes;
}

}  // namespace code_graph::index
