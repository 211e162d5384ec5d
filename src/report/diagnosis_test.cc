#include "report/diagnosis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace loadstone::report {
namespace {

using testing::HasSubstr;
using testing::Not;

Costs two() {
  Costs costs;
  analysis::RequestCost dear;
  dear.name = "POST /traverse";
  dear.answered = 812;
  dear.mean = 0.0021;
  dear.p50 = 0.002;
  dear.p99 = 0.0035;
  dear.cpu = 0.0016;
  analysis::RequestCost slow = dear;
  slow.name = "GET /b";
  slow.answered = 12;
  slow.failed = 1;
  slow.mean = slow.p50 = slow.p99 = 0.12;
  slow.cpu.reset();
  costs.requests = {slow, dear};
  analysis::share_out(costs.requests, std::vector<double>{20, 480});
  costs.notes = {"GET /b: 1 of 12 failed; what is told is largely the cost of failing."};
  return costs;
}

analysis::Verdict verdict() {
  analysis::Verdict v;
  v.overloaded = true;
  v.notes = {"Other programs used the machine."};
  v.ranked = {{"cpu_saturated", "it uses all the CPU there is", 1.0, {"CPU 1.9 of 2 cores"}, "another core", "profile"},
              {"queueing", "it waits", 0.9, {}, "an experiment", "look"}};
  return v;
}

TEST(Diagnosis, IsATableOfWhatRequestsCost) {
  std::ostringstream out;
  write_costs_text(two(), out);
  EXPECT_EQ(
      out.str(),
      "one at a time   of requests       CPU    of CPU       p50       p99   of time\n"
      "POST /traverse       96.0 %   1.60 ms   100.0 %   2.00 ms   3.50 ms    29.6 %\n"
      "GET /b                4.0 %         -         -    120 ms         -    70.4 %\n"
      "POST /traverse is 96 % of the requests and 100 % of the CPU. GET /b is 4 % of the requests and 70 % of the "
      "time.\n"
      "GET /b: 1 of 12 failed; what is told is largely the cost of failing.\n");
}

TEST(Diagnosis, HasNoTableOfNothing) {
  std::ostringstream out;
  const Costs none;
  write_diagnosis_text({verdict(), {}, none}, out);
  EXPECT_EQ(out.str(),
            "1. cpu_saturated: it uses all the CPU there is (high confidence, 1.00)\n"
            "   - CPU 1.9 of 2 cores\n"
            "   next: profile\n   to prove it wrong: another core\n"
            "2. queueing: it waits (high confidence, 0.90)\n"
            "   next: look\n   to prove it wrong: an experiment\n"
            "The first two are too near each other to tell which it is.\n"
            "Other programs used the machine.\n");
}

TEST(Diagnosis, AsJson) {
  analysis::Features step;
  step.load.clients = 4;
  step.rate = 1000;
  const Costs costs = two();
  const analysis::Verdict v = verdict();
  const std::string json = diagnosis_json({v, std::span(&step, 1), costs});
  EXPECT_THAT(json, HasSubstr(R"("ranked":[{"rule":"cpu_saturated",)"));
  EXPECT_THAT(json, HasSubstr(R"("notes":["Other programs used the machine."])"));
  EXPECT_THAT(json, HasSubstr(R"("steps":[{"clients":4,"rate":1000,)"));
  EXPECT_THAT(json,
              HasSubstr(R"({"name":"POST /traverse","request_share":0.96,"cpu_per_request":0.0016,"cpu_share":1,)"));
  EXPECT_THAT(json, HasSubstr(R"("name":"GET /b","request_share":0.04,"cpu_per_request":null,"cpu_share":null,)"
                              R"("service_time.mean":0.12,"service_time.p50":0.12,"service_time.p99":null,)"));
  EXPECT_THAT(json, HasSubstr(R"("dearest":"POST /traverse is 96 % of the requests)"));
  EXPECT_THAT(json, HasSubstr(R"("cost_notes":["GET /b: 1 of 12 failed)"));
  const Costs none;
  EXPECT_THAT(diagnosis_json({v, {}, none}), Not(HasSubstr("dearest")));
}

}  // namespace
}  // namespace loadstone::report
