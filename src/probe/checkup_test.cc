#include "probe/checkup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "probe/child_for_test.h"

namespace loadstone::probe {
namespace {

int not_good(const std::vector<Check>& checks) {
  return static_cast<int>(
      std::count_if(checks.begin(), checks.end(), [](const Check& c) { return c.grade != Grade::kGood; }));
}

TEST(Checkup, AFitMachineHasNothingToComplainOf) {
  const auto checks = check_machine({});
  EXPECT_GT(checks.size(), 10U);
  EXPECT_EQ(not_good(checks), 0);
  for (const auto& c : checks) EXPECT_EQ(c.advice, "") << c.subject;
}

TEST(Checkup, EachFaultIsFoundAloneAndGetsAdvice) {
  const struct {
    const char* subject;
    Grade grade;
    std::function<void(MachineReading&)> spoil;
  } kFaults[] = {
      {"cores", Grade::kWarning, [](auto& r) { r.cores = 1; }},
      {"CPU quota", Grade::kBad, [](auto& r) { r.quota = 0.5; }},
      {"other load", Grade::kBad, [](auto& r) { r.busy = 0.8; }},
      {"other load", Grade::kWarning, [](auto& r) { r.busy = 0.2; }},
      {"time taken by the host", Grade::kBad, [](auto& r) { r.steal = 0.1; }},
      {"wake-ups", Grade::kBad, [](auto& r) { r.worst_wake_seconds = 0.05; }},
      {"waiting for disks", Grade::kWarning, [](auto& r) { r.io_stalled = 0.3; }},
      {"frequency governor", Grade::kWarning, [](auto& r) { r.governor = "powersave"; }},
      {"clock source", Grade::kBad, [](auto& r) { r.clock_read_ns = 1500; }},
      {"open descriptors", Grade::kWarning, [](auto& r) { r.descriptors = 1024; }},
      {"ports for connections", Grade::kBad, [](auto& r) { r.last_port = r.first_port + 100; }},
      {"accept backlog", Grade::kWarning, [](auto& r) { r.accept_backlog = 128; }},
      {"memory", Grade::kBad, [](auto& r) { r.memory_available = 1 << 20; }},
      {"swap", Grade::kWarning, [](auto& r) { r.swap_used = 1 << 30; }},
      {"io_uring", Grade::kWarning, [](auto& r) { r.io_uring = false; }},
      {"pressure stalls", Grade::kWarning, [](auto& r) { r.pressure = false; }},
      {"profiles", Grade::kWarning, [](auto& r) { r.may_profile = false; }},
      {"services of other users", Grade::kWarning, [](auto& r) { r.privileged = false; }},
  };
  for (const auto& fault : kFaults) {
    MachineReading reading;
    fault.spoil(reading);
    const auto checks = check_machine(reading);
    EXPECT_EQ(not_good(checks), 1) << fault.subject;
    for (const auto& c : checks) {
      if (c.grade == Grade::kGood) continue;
      EXPECT_EQ(c.subject, fault.subject);
      EXPECT_EQ(c.grade, fault.grade) << fault.subject;
      EXPECT_NE(c.advice, "") << fault.subject;
    }
  }
}

TEST(Checkup, ReadsThisMachine) {
  const auto r = read_machine(50ms);
  EXPECT_GE(r.cores, 1);
  EXPECT_GT(r.descriptors, 16U);
  EXPECT_GT(r.last_port, r.first_port);
  EXPECT_GT(r.clock_read_ns, 0);
  EXPECT_GT(r.memory_available, 1U << 20);
  EXPECT_GT(r.worst_wake_seconds, 0);
  EXPECT_GE(r.busy, 0);
  EXPECT_LE(r.busy, 1);
}

TEST(Checkup, OfAService) {
  const Child child([] { return 0; });
  const auto checks = check_service(child.pid(), 0);
  EXPECT_THAT(checks.front().found, ::testing::HasSubstr(std::to_string(child.pid())));
  EXPECT_TRUE(std::any_of(checks.begin(), checks.end(),
                          [](const Check& c) { return c.found.find("no TCP port") != std::string::npos; }));
  EXPECT_EQ(check_service(0x3ffffff, 0).front().grade, Grade::kBad);
}

}  // namespace
}  // namespace loadstone::probe
