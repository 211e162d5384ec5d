#include "code_graph/index/indexer.h"

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

// Longer than file systems' clocks stand still.
constexpr std::int64_t kOneTick = 100'000'000;

std::string_view base_of(std::string_view path) { return path.substr(path.find_last_of('/') + 1); }

bool steers_the_walk(std::string_view path) {
  const std::string_view base = base_of(path);
  return base == ".gitignore" || base == ".graphignore" || base == "package.json" || base == "go.mod";
}

}  // namespace

Indexer::Indexer(IndexOptions options) : options_(std::move(options)), words_(std::make_unique<Words>()) {}
Indexer::~Indexer() = default;

Indexer::Parsed Indexer::parse_one(parse::Parser& parser, const FoundFile& found, bool force) const {
  SkipReason reason = SkipReason::kUnreadable;
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  const bool just_written = found.stamp.changed_ns + kOneTick >= std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
  const auto text = read_source(options_.root / found.path, reason);
  if (!text) return {.skipped = reason};
  const std::uint64_t hash = hash_of(*text);
  const auto known = force ? files_.end() : files_.find(found.path);
  if (known != files_.end() && known->second->hash == hash && known->second->outline.language == found.language)
    return {.as_it_was = true, .just_written = just_written};
  auto file = std::make_unique<IndexedFile>();
  file->path = found.path;
  file->stamp = found.stamp;
  file->just_written = just_written;
  file->hash = hash;
  file->outline = parser.read(found.path, found.language, *text, options_.parse_budget);
  std::optional<SkipReason> skipped;
  if (file->outline.state == parse::ReadState::kTimedOut) skipped = SkipReason::kTimedOut;
  return {.file = std::move(file), .skipped = skipped};
}

std::vector<Indexer::Parsed> Indexer::parse_all(const std::vector<FoundFile>& files, bool force,
                                                const Progress& progress) {
  std::vector<Parsed> parsed(files.size());
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> done{0};
  // Every thread takes the next file; large and small ones even out.
  const auto work = [&](bool tell) {
    parse::Parser parser;
    for (std::size_t i = next++; i < files.size(); i = next++) {
      parsed[i] = parse_one(parser, files[i], force);
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
  report.listed = true;

  skipped_.clear();
  for (const Skipped& s : listing->skipped) skipped_.emplace(s.path, s.reason);
  bool changed = manifests_ != listing->manifests;
  manifests_ = std::move(listing->manifests);
  folders_ = std::move(listing->folders);

  // What is gone, or has become something that is not read.
  auto found = listing->files.begin();
  const std::size_t before = files_.size();
  std::erase_if(files_, [&](const auto& file) {  // both are by path
    while (found != listing->files.end() && found->path < file.first) ++found;
    return found == listing->files.end() || found->path != file.first;
  });
  changed |= files_.size() != before;

  std::vector<FoundFile> to_read;
  for (FoundFile& file : listing->files) {
    const auto known = files_.find(file.path);
    if (!force && known != files_.end() && known->second->stamp == file.stamp && !known->second->just_written &&
        known->second->outline.language == file.language) {
      if (known->second->outline.state == parse::ReadState::kTimedOut)
        skipped_.emplace(file.path, SkipReason::kTimedOut);
    } else {
      to_read.push_back(std::move(file));
    }
  }
  auto parsed = parse_all(to_read, force, progress);
  // Numbers of words are only ever added; when nothing that has some is kept, begin anew.
  if (to_read.size() == listing->files.size() && std::ranges::none_of(parsed, &Parsed::as_it_was)) {
    files_.clear();
    words_ = std::make_unique<Words>();
  }
  report.files_parsed = take(to_read, std::move(parsed));
  report.parse_time = SteadyClock::read() - listed;
  return finish(std::move(report), changed);
}

std::size_t Indexer::take(const std::vector<FoundFile>& files, std::vector<Parsed> parsed) {
  std::size_t changed = 0;
  for (std::size_t i = 0; i < parsed.size(); ++i) {
    const std::string& path = files[i].path;
    Parsed& now = parsed[i];
    skipped_.erase(path);
    if (now.as_it_was) {
      IndexedFile& file = *files_.at(path);
      file.stamp = files[i].stamp;
      file.just_written = now.just_written;
      if (file.outline.state == parse::ReadState::kTimedOut) now.skipped = SkipReason::kTimedOut;
    }
    if (now.skipped) skipped_.emplace(path, *now.skipped);
    if (now.as_it_was) continue;
    if (now.file == nullptr) {
      changed += files_.erase(path);
      continue;
    }
    derive(*now.file, *words_);
    files_[path] = std::move(now.file);
    ++changed;
  }
  return changed;
}

loadstone::Result<Update> Indexer::apply(const std::vector<std::string>& paths) {
  IndexReport report;
  const auto begun = SteadyClock::read();
  std::vector<FoundFile> to_read;
  bool changed = false;
  for (const std::string& path : paths) {
    if (steers_the_walk(path)) return rescan();
    struct stat status{};
    const bool exists = lstat((options_.root / path).c_str(), &status) == 0;
    if (exists && S_ISDIR(status.st_mode)) return rescan();
    const graph::Language language = graph::language_of_path(path);
    if (!exists) {
      changed |= files_.erase(path) > 0;
      skipped_.erase(path);
      // Perhaps a folder that is gone with all below it.
      const std::string below = path + '/';
      for (auto at = files_.lower_bound(below); at != files_.end() && at->first.starts_with(below);) {
        at = files_.erase(at);
        changed = true;
      }
      continue;
    }
    if (language == graph::Language::kNone) continue;
    // A file that is new may be ignored; the walk knows the rules.
    if (!files_.contains(path)) return rescan();
    if (!S_ISREG(status.st_mode) || static_cast<std::uint64_t>(status.st_size) > kMaxFileBytes) return rescan();
    to_read.push_back({path, language, stamp_of(status)});
  }
  report.files_parsed = take(to_read, parse_all(to_read, false, {}));
  report.parse_time = SteadyClock::read() - begun;
  return finish(std::move(report), changed);
}

Update Indexer::finish(IndexReport report, bool changed) {
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

  if (snapshot_ != nullptr && !changed && report.files_parsed == 0)
    return {.before = snapshot_, .after = snapshot_, .changes = {}, .report = std::move(report)};

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
