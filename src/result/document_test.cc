#include "result/document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>

#include "base/format.h"

namespace loadstone::result {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

RunResult one_result() {
  RunResult run;
  run.run.suite = "shop";
  run.run.command = "loadstone run \"shop.yaml\"";
  run.run.version = "0.1.0";
  run.run.seed = 7;
  run.run.started_at = 1700000000.25;
  run.run.environment = {{"cpu", "two cores"}};
  ScenarioResult s;
  s.name = "stats";
  s.kind = "http";
  s.plan = "10 users";
  s.measured_seconds = 5;
  s.verdict = Verdict::kFail;
  s.metrics = {{"latency.p95", 0.0021}, {"requests", 51234}};
  JudgedTarget t;
  t.target = *metric::parse_target("latency.p95 < 50ms");
  t.verdict = Verdict::kPass;
  t.value = 0.0021;
  t.low = 0.0020;
  t.high = 0.0022;
  s.targets.push_back(t);
  t.target = *metric::parse_target("rate > 1k/s");
  t.verdict = Verdict::kFail;
  t.value = std::nan("");
  t.low.reset();
  t.high = std::numeric_limits<double>::infinity();
  t.reason = "too slow";
  s.targets.push_back(t);
  s.histograms["latency"].record_many(2ms, 1000);
  s.histograms["latency"].record(1234567ns);
  s.series = {{-1, 1, false, {{"rate", 10}}}, {0, 1, true, {{"rate", 1000.5}}}};
  s.findings = {{"closed_loop", Severity::kNote, "closed", false}, {"generator_busy", Severity::kHigh, "busy", true}};
  s.notes = {"first error: \xff"};
  run.scenarios.push_back(std::move(s));
  run.summary = {1, 0, 1, 0, 0};
  run.verdict = Verdict::kFail;
  return run;
}

TEST(Document, WhatIsWrittenIsReadExactly) {
  const std::string text = write_document(one_result());
  const auto run = read_document(text);
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ(write_document(*run), text);
  const auto& s = run->scenarios.at(0);
  EXPECT_EQ(s.targets.at(0).target.limit, 0.05);
  EXPECT_EQ(s.targets.at(0).high, 0.0022);
  // What is not a number has no place in JSON: as if it had not been measured.
  EXPECT_EQ(s.targets.at(1).value, std::nullopt);
  EXPECT_EQ(s.targets.at(1).high, std::nullopt);
  EXPECT_EQ(s.histograms.at("latency").quantile(1), 0.002);
  EXPECT_EQ(s.histograms.at("latency").min(), 0.001234567);
  EXPECT_EQ(s.findings.at(1).severity, Severity::kHigh);
  EXPECT_FALSE(s.series.at(0).measured);
  EXPECT_EQ(run->run.command, "loadstone run \"shop.yaml\"");
}

// Every member of the document replaced by something of another type, in turn: refused with the member's name, or a
// member that may be anything.
TEST(Document, MistakesAreNamedByTheirPath) {
  const auto why = [](std::string_view from, std::string_view to) {
    std::string text = write_document(one_result());
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    const auto run = read_document(text);
    return run ? std::string("accepted") : run.error().message;
  };
  EXPECT_EQ(why("loadstone-result/1", "loadstone-result/9"),
            "schema: this is 'loadstone-result/9'; this loadstone reads loadstone-result/1");
  EXPECT_EQ(why("\"verdict\": \"pass\"", "\"verdict\": \"passed\""),
            "scenarios[0].targets[0].verdict: expected pass, fail, inconclusive or invalid");
  EXPECT_EQ(why("\"requests\": 51234", "\"requests\": \"many\""),
            "scenarios[0].metrics: expected an object of numbers");
  EXPECT_EQ(why("\"total\": 1", "\"total\": 1.5"), "summary.total: expected a whole number");
  EXPECT_EQ(why("\"name\": \"stats\"", "\"nam\": 1"), "scenarios[0].name is missing");
  EXPECT_EQ(why("\"severity\": \"high\"", "\"severity\": \"low\""),
            "scenarios[0].findings[1].severity: expected note, warning or high");
  EXPECT_THAT(why("latency.p95 < 50ms", "latncy.p95 < 50ms"),
              HasSubstr("scenarios[0].targets[0].expression: there is no metric 'latncy.p95'"));
  EXPECT_THAT(why("\"latency\": \"H", "\"latency\": \"X"), HasSubstr("scenarios[0].histograms.latency"));
  EXPECT_THAT(why("\"min_ns\": 1234567", "\"min_ns\": 91234567"), HasSubstr("impossible sums"));
  EXPECT_THAT(read_document("{").error().message, HasSubstr("not JSON"));
  EXPECT_THAT(read_document("[]").error().message, HasSubstr("expected an object"));
  EXPECT_THAT(read_document("{}").error().message, HasSubstr("schema is missing"));
}

TEST(Document, IsWrittenWholeOrNotAtAll) {
  std::string pattern = (fs::temp_directory_path() / "loadstone-XXXXXX").string();
  const fs::path folder = mkdtemp(pattern.data());
  ASSERT_TRUE(write_file(folder / kResultFile, write_document(one_result())));
  EXPECT_TRUE(read_document_file(folder / kResultFile));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1);
  fs::remove_all(folder);
  EXPECT_FALSE(write_file(folder / kResultFile, "x"));
  EXPECT_EQ(read_document_file(folder / kResultFile).error().code, ErrorCode::kNotFound);
}

// The schema accepts what is written, and refuses it when a key that scripts rely on is missing. Judged by
// python3-jsonschema, which has nothing of ours.
TEST(Document, AgreesWithItsSchema) {
  std::string pattern = (fs::temp_directory_path() / "loadstone-XXXXXX").string();
  const fs::path folder = mkdtemp(pattern.data());
  ASSERT_TRUE(write_file(folder / "schema.json", document_schema()));
  const auto accepted = [&](const std::string& text) {
    EXPECT_TRUE(write_file(folder / "result.json", text));
    const auto command = format(
        "/usr/bin/python3 -c 'import json, sys, jsonschema\n"
        "schema, result = (json.load(open(f)) for f in sys.argv[1:])\n"
        "v = jsonschema.Draft202012Validator(schema); jsonschema.Draft202012Validator.check_schema(schema)\n"
        "sys.exit(10 if list(v.iter_errors(result)) else 20)' {0}/schema.json {0}/result.json",
        folder.string());
    const int status = std::system(command.c_str());
    EXPECT_TRUE(WIFEXITED(status) && (WEXITSTATUS(status) == 10 || WEXITSTATUS(status) == 20)) << status;
    return WEXITSTATUS(status) == 20;
  };
  const std::string text = write_document(one_result());
  EXPECT_TRUE(accepted(text));
  for (const char* key : {"\"summary\"", "\"metrics\"", "\"expression\"", "\"max_ns\"", "\"verdict\""}) {
    std::string without = text;
    without.replace(without.find(key), 2, "\"x");
    EXPECT_FALSE(accepted(without)) << key;
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace loadstone::result
