#include "engine/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "net/peer_for_test.h"

namespace loadstone::engine {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

scenario::Request request(const std::string& target, double weight, std::optional<int> concurrency = std::nullopt) {
  scenario::Request r;
  r.name = target;
  r.target = target;
  r.weight = weight;
  r.concurrency = concurrency;
  return r;
}

scenario::Scenario scenario_at(const net::Address& address, scenario::HttpLoad load) {
  scenario::Scenario s;
  s.endpoint.url.scheme = "http";
  s.endpoint.url.host = "127.0.0.1";
  const std::string text = address.text();
  s.endpoint.url.port = static_cast<std::uint16_t>(std::stoi(text.substr(text.rfind(':') + 1)));
  s.endpoint.url.target = "/";
  s.kind = std::move(load);
  return s;
}

scenario::HttpLoad closed(int users, std::vector<scenario::Request> requests) {
  scenario::HttpLoad load;
  load.requests = std::move(requests);
  load.load = scenario::ClosedLoad{{{users, 1s}}, 5ms};
  return load;
}

class PlanTest : public ::testing::Test {
 protected:
  Plan plan_of(scenario::HttpLoad load) {
    auto plan = make_plan(scenario_at(listener_.address(), std::move(load)), 3);
    EXPECT_TRUE(plan.has_value()) << plan.error().message;
    return std::move(*plan);
  }
  net::Listener listener_;
};

TEST_F(PlanTest, RequestsShareALoadByTheirWeights) {
  const Plan plan = plan_of(closed(4, {request("/a", 1), request("/b", 2), request("/c", 5)}));
  ASSERT_EQ(plan.groups.size(), 1U);
  EXPECT_THAT(plan.groups[0].steps, ElementsAre(0, 1, 2));
  EXPECT_THAT(plan.groups[0].cumulative_weight,
              ElementsAre(DoubleNear(0.125, 1e-12), DoubleNear(0.375, 1e-12), DoubleNear(1, 1e-12)));
  EXPECT_EQ(plan.seed, 3U);
  EXPECT_EQ(connections(plan), 4);
}

TEST_F(PlanTest, ARequestWithAConcurrencyOfItsOwnIsALoadOfItsOwn) {
  const Plan plan = plan_of(closed(4, {request("/a", 1), request("/b", 7, 3), request("/c", 1)}));
  ASSERT_EQ(plan.groups.size(), 2U);
  EXPECT_THAT(plan.groups[0].steps, ElementsAre(1));
  const auto& own = std::get<scenario::ClosedLoad>(plan.groups[0].load);
  EXPECT_EQ(own.stages.at(0).users, 3);
  EXPECT_EQ(own.think, 5ms);  // the rest is as for the others
  EXPECT_THAT(plan.groups[1].steps, ElementsAre(0, 2));
  EXPECT_THAT(plan.groups[1].cumulative_weight, ElementsAre(0.5, 1));  // its weight is not among theirs
  EXPECT_EQ(connections(plan), 7);
}

TEST_F(PlanTest, WhenEveryRequestHasItsOwnThereIsNoSharedLoad) {
  const Plan plan = plan_of(closed(4, {request("/a", 1, 2), request("/b", 1, 3)}));
  EXPECT_EQ(plan.groups.size(), 2U);
  EXPECT_EQ(connections(plan), 5);
}

TEST_F(PlanTest, ConnectionsAreThoseOfTheHighestStage) {
  auto load = closed(1, {request("/", 1)});
  load.load = scenario::ClosedLoad{{{2, 1s}, {9, 1s}, {4, 1s}}, 0s};
  EXPECT_EQ(connections(plan_of(load)), 9);
}

TEST_F(PlanTest, KnowsWhichRequestsMayBeSentAgain) {
  scenario::HttpLoad load = closed(1, {});
  for (const char* method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "POST", "PATCH"}) {
    load.requests.push_back(request("/", 1));
    load.requests.back().method = method;
  }
  const Plan plan = plan_of(load);
  std::vector<bool> may;
  for (const Step& step : plan.steps) may.push_back(step.idempotent);
  EXPECT_THAT(may, ElementsAre(true, true, true, true, true, false, false));
}

TEST_F(PlanTest, AsksForBodiesOnlyWhereACheckNeedsThem) {
  scenario::HttpLoad load = closed(1, {request("/", 1), request("/checked", 1)});
  load.requests[1].check.body_contains = {"ok"};
  const Plan plan = plan_of(load);
  EXPECT_FALSE(plan.steps[0].request.wants_body);
  EXPECT_TRUE(plan.steps[1].request.wants_body);
}

TEST_F(PlanTest, TheServiceMustAnswer) {
  const net::Address nobody = listener_.address();
  listener_.close();
  const auto plan = make_plan(scenario_at(nobody, closed(1, {request("/", 1)})), 1);
  ASSERT_FALSE(plan.has_value());
  EXPECT_EQ(plan.error().message, "the service could not be reached: " + nobody.text() + ": Connection refused");
}

TEST_F(PlanTest, LocalAddressesMustBeUsable) {
  const auto with = [&](const char* local) {
    auto s = scenario_at(listener_.address(), closed(1, {request("/", 1)}));
    s.endpoint.local_addresses = {"127.0.0.2", local};
    return make_plan(s, 1);
  };
  EXPECT_EQ(with("127.0.0.3")->local.size(), 2U);
  EXPECT_THAT(with("::1").error().message, HasSubstr("one is IPv4, the other is not"));
  EXPECT_THAT(with("192.0.2.1").error().message, HasSubstr("192.0.2.1 cannot be used: Cannot assign"));
  EXPECT_THAT(with("here").error().message, HasSubstr("'here' is not an IPv4 or IPv6 address"));
}

TEST(Pick, TakesEachStepForItsShare) {
  Group group;
  group.steps = {4, 7, 9};
  group.cumulative_weight = {0.25, 0.5, 1.0};
  EXPECT_EQ(group.pick(0), 4U);
  EXPECT_EQ(group.pick(0.2499), 4U);
  EXPECT_EQ(group.pick(0.25), 7U);
  EXPECT_EQ(group.pick(0.5), 9U);
  EXPECT_EQ(group.pick(std::nextafter(1.0, 0.0)), 9U);
  // Rounding may leave the last sum below 1.
  group.cumulative_weight.back() = 0.999;
  EXPECT_EQ(group.pick(0.9995), 9U);
}

TEST(Pick, NeverTakesAStepOfWeightZero) {
  Group group;
  group.steps = {0, 1, 2};
  group.cumulative_weight = {0, 1, 1};
  Random random(1);
  EXPECT_EQ(group.pick(0), 1U);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(group.pick(random.uniform()), 1U);
}

TEST(Share, DealsEverythingOutAndEvenly) {
  for (int total : {0, 1, 2, 7, 64, 1000})
    for (int shards = 1; shards <= 9; ++shards) {
      int sum = 0;
      for (int i = 0; i < shards; ++i) {
        const int part = share(total, i, shards);
        EXPECT_GE(part, total / shards);
        EXPECT_LE(part, total / shards + 1);
        sum += part;
      }
      EXPECT_EQ(sum, total);
    }
}

TEST(BlockLength, IsASecondOrAFortiethOfAShortRun) {
  EXPECT_EQ(block_length(std::nullopt), 1s);
  EXPECT_EQ(block_length(1h), 1s);
  EXPECT_EQ(block_length(20s), 500ms);
  EXPECT_EQ(block_length(1s), 100ms);
}

}  // namespace
}  // namespace loadstone::engine
