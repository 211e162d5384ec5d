#include "result/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "base/check.h"
#include "base/format.h"
#include "result/fields.h"
#include "result/ledger_json.h"
#include "result/profile_json.h"
#include "result/recovery_json.h"

namespace loadstone::result {
namespace {

Json to_json(const GeneratorHealth& g) {
  Json json = Json::object();
  const auto put = [&](const char* key, auto value) {
    if (value != 0) json[key] = value;
  };
  put("busiest_shard", g.busiest_shard);
  put("cpu_seconds", g.cpu_seconds);
  put("pause_seconds", g.pause_seconds);
  put("steal", g.steal);
  put("major_faults", g.major_faults);
  put("swap_bytes", g.swap_bytes);
  put("no_ports", g.no_ports);
  put("no_descriptors", g.no_descriptors);
  put("open_descriptors", g.open_descriptors);
  put("descriptor_limit", g.descriptor_limit);
  put("clock_errors", g.clock_errors);
  return json;
}

Json to_json(const Block& block) {
  Json json = {{"scenario", block.scenario}, {"start_ns", block.start.count()}, {"length_ns", block.length.count()}};
  if (!block.measured) json["warmup"] = true;
  Json counters = Json::object();
  for (const auto& [name, count] : block.counters)
    if (count != 0) counters[name] = count;
  if (!counters.empty()) json["counters"] = std::move(counters);
  Json histograms = Json::object();
  for (const auto& [family, times] : block.histograms)
    if (!times.empty()) histograms[family] = result::to_json(times);
  if (!histograms.empty()) json["histograms"] = std::move(histograms);
  if (!block.exceedances.empty()) {
    Json list = Json::array();
    for (const auto& e : block.exceedances) list.push_back({e.count, e.above, e.above_without_lag});
    json["exceedances"] = std::move(list);
  }
  if (block.in_flight != 0) json["in_flight"] = block.in_flight;
  if (block.waiting != 0) json["waiting"] = block.waiting;
  if (block.connections != 0) json["connections"] = block.connections;
  if (Json generator = to_json(block.generator); !generator.empty()) json["generator"] = std::move(generator);
  if (!block.service.is_empty()) json["service"] = result::to_json(block.service);
  return json;
}

Json to_json(const ScenarioEnd& end) {
  Json json = {{"scenario", end.scenario}, {"measured_seconds", end.measured_seconds}};
  if (end.interrupted) json["interrupted"] = true;
  if (!end.problem.empty()) json["problem"] = end.problem;
  if (end.memory_after > 0) json["memory_after"] = end.memory_after;
  if (!end.notes.empty()) json["notes"] = end.notes;
  if (end.ledger) json["ledger"] = result::to_json(*end.ledger);
  if (end.profile) json["profile"] = result::to_json(*end.profile);
  if (end.recovery) json["recovery"] = result::to_json(*end.recovery);
  return json;
}

std::string line_of(const char* key, Json value) { return dump(Json{{key, std::move(value)}}) + "\n"; }

Result<Block> block_from(const Json& json, const Run& run, const JournalReader::Wanted& wanted) {
  Block block;
  Fields fields(json, "block");
  std::uint64_t scenario = 0;
  std::int64_t start = 0, length = 0;
  bool warmup = false;
  for (const char* key : {"scenario", "start_ns", "length_ns"}) fields.need(key);
  fields.read("scenario", scenario);
  fields.read("start_ns", start);
  fields.read("length_ns", length);
  fields.read("warmup", warmup);
  fields.read("counters", block.counters);
  fields.read("in_flight", block.in_flight);
  fields.read("waiting", block.waiting);
  fields.read("connections", block.connections);
  constexpr std::int64_t kCentury = 3'200'000'000'000'000'000;
  if (scenario >= run.scenarios.size()) fields.mistake("scenario", "the index of a scenario of the run");
  if (start < -kCentury || start > kCentury) fields.mistake("start_ns", "a time within a century");
  if (length < 0 || length > kCentury) fields.mistake("length_ns", "a time within a century");
  if (!fields.status()) return fail(fields.status().error());
  block.scenario = scenario;
  block.start = Nanoseconds(start);
  block.length = Nanoseconds(length);
  block.measured = !warmup;

  if (const Json* histograms = fields.find("histograms"); histograms != nullptr) {
    if (!histograms->is_object()) return fail(ErrorCode::kInvalid, "block.histograms: expected an object");
    for (const auto& [family, item] : histograms->items()) {
      if (wanted && !wanted(family)) continue;
      auto histogram = histogram_from(item, "block.histograms." + family);
      if (!histogram) return fail(histogram.error());
      block.histograms.emplace(family, std::move(*histogram));
    }
  }
  if (const Json* list = fields.find("exceedances"); list != nullptr) {
    if (!list->is_array() || list->size() > run.scenarios[scenario].targets.size())
      return fail(ErrorCode::kInvalid, "block.exceedances: expected a list, one item for a target");
    for (const auto& item : *list) {
      Exceedance e;
      bool good = item.is_array() && item.size() == 3;
      for (std::size_t i = 0; good && i < 3; ++i) good = item[i].is_number_unsigned();
      if (good) e = {item[0].get<std::uint64_t>(), item[1].get<std::uint64_t>(), item[2].get<std::uint64_t>()};
      if (!good || e.above > e.count || e.above_without_lag > e.count)
        return fail(ErrorCode::kInvalid, "block.exceedances: expected [count, above, above_without_lag]");
      block.exceedances.push_back(e);
    }
  }
  if (const Json* generator = fields.find("generator"); generator != nullptr) {
    GeneratorHealth& g = block.generator;
    Fields f(*generator, "block.generator");
    f.read("busiest_shard", g.busiest_shard);
    f.read("cpu_seconds", g.cpu_seconds);
    f.read("pause_seconds", g.pause_seconds);
    f.read("steal", g.steal);
    f.read("major_faults", g.major_faults);
    f.read("swap_bytes", g.swap_bytes);
    f.read("no_ports", g.no_ports);
    f.read("no_descriptors", g.no_descriptors);
    f.read("open_descriptors", g.open_descriptors);
    f.read("descriptor_limit", g.descriptor_limit);
    f.read("clock_errors", g.clock_errors);
    if (!f.status()) return fail(f.status().error());
  }
  if (const Json* service = fields.find("service"); service != nullptr) {
    auto sample = service_sample_from(*service, "block.service");
    if (!sample) return fail(sample.error());
    block.service = *sample;
  }
  return block;
}

Result<ScenarioEnd> end_from(const Json& json, const Run& run) {
  ScenarioEnd end;
  Fields fields(json, "end");
  std::uint64_t scenario = 0;
  fields.need("scenario");
  fields.read("scenario", scenario);
  fields.read("measured_seconds", end.measured_seconds);
  fields.read("interrupted", end.interrupted);
  fields.read("problem", end.problem);
  fields.read("memory_after", end.memory_after);
  fields.read("notes", end.notes);
  if (const Json* found = fields.find("ledger"); found != nullptr) {
    auto ledger = ledger_from(*found, "end.ledger");
    if (!ledger) return fail(ledger.error());
    end.ledger = std::move(*ledger);
  }
  if (const Json* found = fields.find("profile"); found != nullptr) {
    auto profile = profile_from(*found, "end.profile");
    if (!profile) return fail(profile.error());
    end.profile = std::move(*profile);
  }
  if (const Json* found = fields.find("recovery"); found != nullptr) {
    auto recovery = recovery_from(*found, "end.recovery");
    if (!recovery) return fail(recovery.error());
    end.recovery = std::move(*recovery);
  }
  if (scenario >= run.scenarios.size()) fields.mistake("scenario", "the index of a scenario of the run");
  if (end.measured_seconds < 0) fields.mistake("measured_seconds", "a time");
  if (end.memory_after < 0) fields.mistake("memory_after", "a number of bytes");
  if (!fields.status()) return fail(fields.status().error());
  end.scenario = scenario;
  return end;
}

Error system_error(std::string_view doing, const std::filesystem::path& file, int error) {
  return {error == ENOSPC || error == EDQUOT || error == EFBIG ? ErrorCode::kLimit : ErrorCode::kIo,
          format("{} {}: {}", doing, file.string(), std::strerror(error))};
}

}  // namespace

Result<JournalWriter> JournalWriter::create(const std::filesystem::path& directory, const Run& run) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return fail(ErrorCode::kIo, format("making {}: {}", directory.string(), error.message()));
  auto file = directory / kJournalFile;
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) return fail(system_error("making", file, errno));
  JournalWriter writer(std::move(file), descriptor);
  Json header = {{"schema", kJournalSchema}, {"run", result::to_json(run)}};
  if (const auto status = writer.write_lines(dump(header) + "\n"); !status) return fail(status.error());
  return writer;
}

JournalWriter::~JournalWriter() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

JournalWriter::JournalWriter(JournalWriter&& other) noexcept
    : file_(std::move(other.file_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      whole_bytes_(other.whole_bytes_) {}

Status JournalWriter::append(std::span<const Block> blocks) {
  std::string lines;
  for (const auto& block : blocks) lines += line_of("block", to_json(block));
  return write_lines(lines);
}

Status JournalWriter::append(const ScenarioEnd& end) { return write_lines(line_of("end", to_json(end))); }

Status JournalWriter::finish(bool interrupted) {
  return write_lines(line_of("finished", {{"interrupted", interrupted}}));
}

Status JournalWriter::sync() {
  if (::fdatasync(descriptor_) != 0) return fail(system_error("syncing", file_, errno));
  return {};
}

Status JournalWriter::write_lines(std::string_view lines) {
  std::size_t written = 0;
  while (written < lines.size()) {
    const auto n = ::pwrite(descriptor_, lines.data() + written, lines.size() - written,
                            static_cast<off_t>(whole_bytes_) + static_cast<off_t>(written));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      const int error = n == 0 ? ENOSPC : errno;
      // Shrinking a file needs no space; should it fail all the same, the next append overwrites the torn line.
      if (::ftruncate(descriptor_, static_cast<off_t>(whole_bytes_)) != 0) errno = 0;
      return fail(system_error("writing", file_, error));
    }
    written += static_cast<std::size_t>(n);
  }
  whole_bytes_ += static_cast<std::int64_t>(lines.size());
  return {};
}

Result<JournalReader> JournalReader::open(const std::filesystem::path& file) {
  auto in = std::make_unique<std::ifstream>(file, std::ios::binary);
  if (!*in) return fail(ErrorCode::kNotFound, format("reading {}: {}", file.string(), std::strerror(errno)));
  return read(std::move(in), file.string());
}

Result<JournalReader> JournalReader::read(std::unique_ptr<std::istream> in, std::string name) {
  JournalReader reader(std::move(in), std::move(name));
  std::string line;
  const auto not_a_journal = [&](std::string_view why) {
    return fail(ErrorCode::kInvalid, format("{} is not a journal: {}", reader.name_, why));
  };
  if (reader.read_line(line) != Line::kWhole) return not_a_journal("its first line is torn, empty or too long");
  const Json json = Json::parse(line, nullptr, false);
  if (json.is_discarded() || !json.is_object()) return not_a_journal("its first line is not a JSON object");
  Fields fields(json, "");
  std::string schema;
  fields.read("schema", schema);
  if (schema != kJournalSchema)
    return not_a_journal(format("its schema is '{}'; this loadstone reads {}", schema, kJournalSchema));
  auto run = run_from(fields.need("run"), "run");
  if (!run) return not_a_journal(run.error().message);
  reader.run_ = std::move(*run);
  return reader;
}

JournalReader::Line JournalReader::read_line(std::string& line) {
  line.clear();
  std::streambuf& bytes = *in_->rdbuf();
  bool too_long = false;
  for (int c = bytes.sbumpc(); c != EOF; c = bytes.sbumpc()) {
    if (c == '\n') {
      ++line_number_;
      return too_long ? Line::kTooLong : Line::kWhole;
    }
    if (line.size() < kLongestJournalLine)
      line.push_back(static_cast<char>(c));
    else
      too_long = true;
  }
  return line.empty() ? Line::kEnd : Line::kTorn;
}

Result<std::optional<JournalEntry>> JournalReader::parse(const std::string& line, const Wanted& wanted) {
  const Json json = Json::parse(line, nullptr, false);
  if (json.is_discarded()) return fail(ErrorCode::kInvalid, "not JSON");
  Fields fields(json, "");
  if (!fields.status()) return fail(fields.status().error());
  if (const Json* block = fields.find("block"); block != nullptr) {
    auto read = block_from(*block, run_, wanted);
    if (!read) return fail(read.error());
    return JournalEntry(std::move(*read));
  }
  if (const Json* end = fields.find("end"); end != nullptr) {
    auto read = end_from(*end, run_);
    if (!read) return fail(read.error());
    return JournalEntry(std::move(*read));
  }
  if (const Json* finished = fields.find("finished"); finished != nullptr) {
    Fields f(*finished, "finished");
    f.read("interrupted", interrupted_);
    if (!f.status()) return fail(f.status().error());
    complete_ = true;
    return std::nullopt;
  }
  return fail(ErrorCode::kInvalid, "neither a block nor an end");
}

std::optional<JournalEntry> JournalReader::next(const Wanted& wanted) {
  std::string line;
  while (true) {
    const Line kind = read_line(line);
    if (kind == Line::kEnd) return std::nullopt;
    if (kind == Line::kTorn) {
      torn_ = true;
      return std::nullopt;
    }
    auto entry = kind == Line::kTooLong ? fail(ErrorCode::kLimit, "longer than any line of ours") : parse(line, wanted);
    if (entry && entry->has_value()) return std::move(**entry);
    if (entry) continue;  // the last line; whatever follows it is read too
    if (bad_lines_++ == 0) first_bad_ = format("line {}: {}", line_number_, entry.error().message);
  }
}

std::vector<std::string> JournalReader::losses() const {
  std::vector<std::string> losses;
  if (bad_lines_ > 0)
    losses.push_back(format("{} {} of {} could not be understood and {} left out (first: {})", bad_lines_,
                            bad_lines_ == 1 ? "line" : "lines", name_, bad_lines_ == 1 ? "is" : "are", first_bad_));
  if (torn_) losses.push_back(format("the last line of {} is torn and is left out", name_));
  if (!complete_)
    losses.push_back("the run did not come to its end: what was measured after the last whole line is lost");
  return losses;
}

}  // namespace loadstone::result
