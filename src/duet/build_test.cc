#include "duet/build.h"

#include <gtest/gtest.h>

namespace loadstone::duet {
namespace {

TEST(ParseBuild, TellsCommandsFromUrls) {
  scenario::Service like;
  like.ready_target = "/health";
  const auto url = parse_build("http://127.0.0.1:8000/base", like);
  ASSERT_TRUE(url && url->url);
  EXPECT_EQ(url->url->port, 8000);
  const auto command = parse_build("'my app' --port {port} -v", like);
  ASSERT_TRUE(command) << command.error().message;
  EXPECT_FALSE(command->url);
  EXPECT_EQ(command->service.command, (std::vector<std::string>{"my app", "--port", "{port}", "-v"}));
  EXPECT_EQ(command->service.ready_target, "/health");
}

TEST(ParseBuild, ACommandMustSayWhereItsPortGoes) {
  const auto spec = parse_build("app --port 8000", {});
  ASSERT_FALSE(spec);
  EXPECT_NE(spec.error().message.find("{port}"), std::string::npos);
  EXPECT_FALSE(parse_build("app 'unfinished {port}", {}));
  EXPECT_FALSE(parse_build("http://", {}));
}

TEST(Build, OneThatEndsAtOnceIsAnError) {
  auto spec = parse_build("/bin/false {port}", {});
  ASSERT_TRUE(spec);
  const auto build = Build::start(*spec, "/dev/null", [] { return false; });
  ASSERT_FALSE(build);
  EXPECT_NE(build.error().message.find("exited with code 1"), std::string::npos) << build.error().message;
}

TEST(Build, AUrlIsTakenAsItIs) {
  const auto spec = parse_build("http://127.0.0.1:1/", {});
  ASSERT_TRUE(spec);
  auto build = Build::start(*spec, "", {});
  ASSERT_TRUE(build);
  EXPECT_EQ(build->url().port, 1);
  EXPECT_FALSE(build->pid());
  EXPECT_FALSE(build->died());
}

}  // namespace
}  // namespace loadstone::duet
