#include "result/service_sample.h"

#include <gtest/gtest.h>

#include <set>

#include "result/fields.h"

namespace loadstone::result {
namespace {

// Every field a value of its own.
ServiceSample numbered(double first) {
  ServiceSample sample;
  for (const auto& field : service_fields()) sample.*field.value = first++;
  return sample;
}

TEST(ServiceSample, TheTableHasEveryFieldOnce) {
  // All fields are doubles: as many as fit into the struct.
  EXPECT_EQ(service_fields().size(), sizeof(ServiceSample) / sizeof(double));
  std::set<std::string_view> names;
  for (const auto& field : service_fields()) EXPECT_TRUE(names.insert(field.name).second) << field.name;
  const ServiceSample sample = numbered(1);
  std::set<double> values;
  for (const auto& field : service_fields()) values.insert(sample.*field.value);
  EXPECT_EQ(values.size(), service_fields().size());  // no two rows of one field
}

TEST(ServiceSample, JsonBothWays) {
  const ServiceSample sample = numbered(0.5);
  const auto back = service_sample_from(to_json(sample), "block.service");
  ASSERT_TRUE(back) << back.error().message;
  for (const auto& field : service_fields()) EXPECT_EQ(*back.*field.value, sample.*field.value) << field.name;
  EXPECT_TRUE(to_json(ServiceSample()).empty());
  const auto negative = service_sample_from(Json{{"threads", -1}}, "block.service");
  ASSERT_FALSE(negative);
  EXPECT_EQ(negative.error().message, "block.service.threads: expected a number, not negative");
  EXPECT_FALSE(service_sample_from(Json::array(), "block.service"));
}

TEST(ServiceSample, JoiningInTime) {
  ServiceSample first, second;
  first.seconds = 1;
  first.cpu_seconds = 0.5;
  first.peak = 100;
  first.memory = 90;
  first.baseline = 40;
  second.seconds = 2;
  second.cpu_seconds = 0.25;
  second.peak = 80;
  second.memory = 70;
  ServiceSample both;
  both.add(first);
  both.add(ServiceSample());  // nobody looked
  both.add(second);
  EXPECT_EQ(both.seconds, 3);
  EXPECT_EQ(both.cpu_seconds, 0.75);
  EXPECT_EQ(both.peak, 100);
  EXPECT_EQ(both.memory, 70);
  EXPECT_EQ(both.baseline, 40);
}

}  // namespace
}  // namespace loadstone::result
