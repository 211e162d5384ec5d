#include "analysis/request_cost.h"

#include <gmock/gmock.h>

namespace loadstone::analysis {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::Optional;

RequestCost cost(std::string name, double mean, std::optional<double> cpu) {
  RequestCost c;
  c.name = std::move(name);
  c.answered = 1000;
  c.mean = c.p50 = mean;
  c.p99 = 2 * mean;
  c.cpu = cpu;
  return c;
}

TEST(RequestCost, IsTheCpuLessWhatIsUsedAnyway) {
  EXPECT_THAT(cpu_of_one(0.5, 2, 0.1, 1000), Optional(DoubleNear(0.0003, 1e-12)));
  EXPECT_THAT(cpu_of_one(0.1, 2, 0.1, 1000), Optional(0.0));  // quieter than usual: never below zero
  EXPECT_FALSE(cpu_of_one(0.5, 2, 0, 0));
}

TEST(RequestCost, OfStepsComesFromJourneysThatAreCutOff) {
  const stats::MixedTotal looks[] = {
      {{900, 0, 0, 0}, 0.9}, {{500, 500, 0, 0}, 3}, {{500, 500, 0, 0}, 3}, {{100, 100, 0, 90}, 1.05}};
  // The third step is left out by its condition: nothing is known of it, and the others do not suffer.
  EXPECT_THAT(cpu_of_steps(looks), ElementsAre(Optional(DoubleNear(0.001, 1e-9)), Optional(DoubleNear(0.005, 1e-9)),
                                               std::nullopt, Optional(DoubleNear(0.005, 1e-9))));
  const stats::MixedTotal lost[] = {{{900, 0}, 0.9}, {{500, 500}, 0.49}};
  EXPECT_THAT(cpu_of_steps(lost), ElementsAre(Optional(DoubleNear(0.001, 2e-5)), std::nullopt));
  const stats::MixedTotal together[] = {{{900, 900}, 0.9}, {{500, 500}, 0.5}};
  EXPECT_THAT(cpu_of_steps(together), ElementsAre(std::nullopt, std::nullopt));
  EXPECT_TRUE(cpu_of_steps({}).empty());
}

TEST(RequestCost, UsersSendAsOftenAsTimeAndThoughtAllow) {
  const RequestCost costs[] = {cost("a", 0.01, 0.001), cost("b", 0.03, 0.001)};
  // One user takes 0.25 * (0.01 + 0.005) + 0.75 * (0.03 + 0.005) = 0.03 s for a request.
  const Together load{10, {{{{0, 1, 0.005}, {1, 3, 0.005}}, 6, {}}}, {}};
  EXPECT_THAT(expected_counts(std::span(&load, 1), costs, 2),
              ElementsAre(DoubleNear(500, 1e-6), DoubleNear(1500, 1e-6)));
}

TEST(RequestCost, UsersSendNoMoreThanThereIsCpuFor) {
  const RequestCost costs[] = {cost("a", 0.001, 0.001), cost("b", 0.001, 0.003)};
  // Ten users each would send 10,000 a second of each, 40 cores' worth; there are two.
  const Together load{5, {{{{0, 1, 0}}, 10, {}}, {{{1, 1, 0}}, 10, {}}}, {}};
  EXPECT_THAT(expected_counts(std::span(&load, 1), costs, 2),
              ElementsAre(DoubleNear(2500, 1e-6), DoubleNear(2500, 1e-6)));
}

TEST(RequestCost, WhatIsDueIsSentWhateverItCosts) {
  const RequestCost costs[] = {cost("a", 1, 1), cost("b", 1, 1), cost("c", 1, 1)};
  const Together loads[] = {{10, {{{{0, 1, 0}, {1, 9, 0}}, 0, 500}}, {}},
                            // A number of requests, shared by how fast the users of each are.
                            {0, {{{{1, 1, 0}}, 1, {}}, {{{2, 1, 0}}, 3, {}}}, 40}};
  EXPECT_THAT(expected_counts(loads, costs, 2),
              ElementsAre(DoubleNear(50, 1e-9), DoubleNear(450 + 10, 1e-9), DoubleNear(30, 1e-9)));
}

TEST(RequestCost, WhatCouldNotBeLookedAtIsNoDivisionByZero) {
  const RequestCost costs[] = {cost("a", 0, {})};
  const Together load{10, {{{{0, 1, 0}}, 6, {}}, {{}, 3, {}}}, {}};
  EXPECT_THAT(expected_counts(std::span(&load, 1), costs, 2), ElementsAre(0));
}

TEST(RequestCost, IsSharedOutAndSorted) {
  std::vector<RequestCost> costs = {cost("GET /cheap", 0.001, 0.0001), cost("GET /unknown", 0.002, {}),
                                    cost("GET /slow", 0.1, 0.0001), cost("POST /dear", 0.004, 0.002)};
  share_out(costs, std::vector<double>{800, 50, 30, 120});
  EXPECT_EQ(costs[0].name, "POST /dear");
  EXPECT_NEAR(costs[0].request_share, 0.12, 1e-9);
  EXPECT_THAT(costs[0].cpu_share, Optional(DoubleNear(0.24 / 0.323, 1e-9)));
  EXPECT_EQ(costs[1].name, "GET /cheap");
  EXPECT_EQ(costs[2].name, "GET /slow");
  EXPECT_NEAR(costs[2].time_share, 3 / (0.8 + 0.1 + 3 + 0.48), 1e-9);
  EXPECT_EQ(costs[3].name, "GET /unknown");
  EXPECT_FALSE(costs[3].cpu_share);
  EXPECT_EQ(dearest(costs),
            "POST /dear is 12 % of the requests and 74 % of the CPU. GET /slow is 3 % of the requests and 68 % of the "
            "time.");
}

TEST(RequestCost, IsToldInOneSentenceWhenOneRequestIsBoth) {
  std::vector<RequestCost> costs = {cost("a", 0.001, 0.0001), cost("b", 0.1, 0.01)};
  share_out(costs, std::vector<double>{9990, 10});
  EXPECT_EQ(dearest(costs), "a is 100 % of the requests and 91 % of the CPU.");
  share_out(costs, std::vector<double>{10, 9990});
  EXPECT_EQ(dearest(costs), "b is 100 % of the requests and 100 % of the CPU.");
}

TEST(RequestCost, OfTimeAloneWhereCpuIsNotKnown) {
  std::vector<RequestCost> costs = {cost("a", 0.001, {}), cost("b", 0.1, {})};
  share_out(costs, std::vector<double>{50, 50});
  EXPECT_EQ(dearest(costs), "b is 50 % of the requests and 99 % of the time.");
  EXPECT_EQ(dearest({}), "");
}

}  // namespace
}  // namespace loadstone::analysis
