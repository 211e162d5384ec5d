#include "duet/record.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <type_traits>

#include "base/format.h"

namespace loadstone::duet {
namespace {

constexpr std::string_view kFirst = "loadstone-pairs/1\t";

std::string buckets_text(const std::vector<stats::Histogram::Bucket>& buckets) {
  std::string text;
  for (const auto& b : buckets) text += format("{}{}:{}", text.empty() ? "" : ",", b.upper, b.count);
  return text;
}

// Numbers that are not finite are refused: nothing can be ranked with them.
template <class T>
bool parse(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  if constexpr (std::is_floating_point_v<T>) return std::isfinite(value);
  return true;
}

// The part before `separator`, which is taken off with it.
std::string_view take(std::string_view& text, char separator) {
  const auto at = text.find(separator);
  const auto part = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return part;
}

bool parse_buckets(std::string_view text, std::vector<stats::Histogram::Bucket>& buckets) {
  while (!text.empty()) {
    std::string_view item = take(text, ',');
    stats::Histogram::Bucket bucket{};
    if (!parse(take(item, ':'), bucket.upper) || !parse(item, bucket.count)) return false;
    buckets.push_back(bucket);
  }
  return true;
}

bool parse_events(std::string_view text, compare::Events& events) {
  return parse(take(text, ':'), events.events) && parse(text, events.size);
}

Error system_error(std::string_view doing, const std::filesystem::path& file) {
  return {ErrorCode::kIo, format("{} {}: {}", doing, file.string(), std::strerror(errno))};
}

Status append_line(const std::filesystem::path& file, const std::string& line, int flags) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);
  if (fd < 0) return fail(system_error("opening", file));
  Status status;
  if (::write(fd, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    status = fail(system_error("writing", file));
  if (::close(fd) != 0 && status) status = fail(system_error("writing", file));
  return status;
}

}  // namespace

std::string to_line(const MeasuredPair& p) {
  std::string line = format("errors={}:{}\tof={}:{}", p.pair.a_errors.events, p.pair.a_errors.size,
                            p.pair.b_errors.events, p.pair.b_errors.size);
  for (const auto& [metric, value] : p.pair.log_ratio)
    line += format("\t{}={}:{}:{}", metric, value, p.pair.a.at(metric), p.pair.b.at(metric));
  line += format("\ttimes.a={}\ttimes.b={}", buckets_text(p.times.a), buckets_text(p.times.b));
  return line;
}

Result<MeasuredPair> from_line(std::string_view line) {
  MeasuredPair p;
  while (!line.empty()) {
    std::string_view field = take(line, '\t');
    const std::string key(take(field, '='));
    bool good = true;
    if (key == "errors") {
      good = parse_events(field, p.pair.a_errors);
    } else if (key == "of") {
      good = parse_events(field, p.pair.b_errors);
    } else if (key == "times.a" || key == "times.b") {
      good = parse_buckets(field, key.back() == 'a' ? p.times.a : p.times.b);
    } else {
      good = parse(take(field, ':'), p.pair.log_ratio[key]) && parse(take(field, ':'), p.pair.a[key]) &&
             parse(field, p.pair.b[key]);
    }
    if (!good) return fail(ErrorCode::kInvalid, format("'{}' cannot be understood", key));
  }
  return p;
}

Result<Record> Record::open(const std::filesystem::path& folder, const std::string& what, bool fresh) {
  Record record;
  if (folder.empty()) return record;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(ErrorCode::kIo, format("making {}: {}", folder.string(), error.message()));
  record.file_ = folder / kPairsFile;
  const std::string first = std::string(kFirst) + what;
  std::ifstream in(record.file_);
  std::string line;
  if (fresh || !in || !std::getline(in, line)) {
    if (const auto status = append_line(record.file_, first + "\n", O_TRUNC); !status) return fail(status.error());
    return record;
  }
  if (line != first)
    return fail(ErrorCode::kInvalid, format("{} is of another comparison ({}); begin anew with --fresh, or use another "
                                            "folder",
                                            record.file_.string(), line));
  std::uintmax_t whole = line.size() + 1;
  while (std::getline(in, line)) {
    if (in.eof()) break;  // a torn last line: the write was cut short, and the pair is measured again
    auto pair = from_line(line);
    if (!pair) return fail(pair.error().within("reading " + record.file_.string()));
    record.pairs_.push_back(std::move(*pair));
    whole += line.size() + 1;
  }
  in.close();
  std::filesystem::resize_file(record.file_, whole, error);
  record.found_ = record.pairs_.size();
  return record;
}

Status Record::append(const MeasuredPair& pair) {
  if (!file_.empty())
    if (auto status = append_line(file_, to_line(pair) + "\n", O_APPEND); !status) return status;
  pairs_.push_back(pair);
  return {};
}

}  // namespace loadstone::duet
