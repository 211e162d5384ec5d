// Both ends of a probe on another machine, which here is the same one.
#include "probe/outpost.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "probe/child_for_test.h"
#include "probe/remote_watch.h"

namespace loadstone::probe {
namespace {

std::uint64_t listen() {
  std::uint16_t port = 0;
  listen_anywhere(16, port);
  return port;
}

std::unique_ptr<Outpost> outpost(const std::string& token = {}) {
  Outpost::Terms terms;
  terms.admits = [token](std::string_view given) { return given == token; };
  auto started = Outpost::start(std::move(terms));
  EXPECT_TRUE(started) << started.error().message;
  return std::move(*started);
}

class Outposts : public testing::Test {
 protected:
  const Child service_{listen};
  const std::uint16_t port_ = static_cast<std::uint16_t>(service_.said());

  [[nodiscard]] auto watch(const Outpost& at, const std::string& token = {}) const {
    return RemoteWatch::start("127.0.0.1", at.port(), token, port_);
  }
};

TEST_F(Outposts, LetAServiceBeWatchedFromElsewhere) {
  const auto at = outpost();
  const auto watch = this->watch(*at);
  ASSERT_TRUE(watch) << watch.error().message;
  EXPECT_THAT((*watch)->description(), testing::HasSubstr(format("pid {}", service_.pid())));
  EXPECT_THAT((*watch)->description(), testing::HasSubstr("seen by the probe at 127.0.0.1:"));
  (*watch)->begin();
  (*watch)->begin_measuring();
  ASSERT_TRUE(eventually([&] { return !(*watch)->take().is_empty(); }));
  EXPECT_GT((*watch)->memory(), 100'000);
  for (const std::string& source : (*watch)->missing()) EXPECT_THAT(source, testing::Not(testing::HasSubstr("lost")));
}

TEST_F(Outposts, LetSeveralWatchWithoutTakingFromEachOther) {
  const auto at = outpost();
  const auto first = watch(*at), second = watch(*at);
  ASSERT_TRUE(first && second);
  (*first)->begin();
  (*second)->begin();
  EXPECT_TRUE(eventually([&] { return !(*first)->take().is_empty(); }));
  EXPECT_TRUE(eventually([&] { return !(*second)->take().is_empty(); }));
}

TEST_F(Outposts, AskForTheirToken) {
  const auto at = outpost("secret");
  EXPECT_TRUE(watch(*at, "secret"));
  for (const char* wrong : {"", "Secret", "secret "}) {
    const auto refused = watch(*at, wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_THAT(refused.error().message, testing::HasSubstr("token"));
  }
}

TEST_F(Outposts, SayWhyThereIsNobodyToWatch) {
  const auto at = outpost();
  const auto nobody = RemoteWatch::start("127.0.0.1", at->port(), "", 1);
  ASSERT_FALSE(nobody);
  EXPECT_THAT(nobody.error().message, testing::HasSubstr("nobody listens"));
}

TEST_F(Outposts, AreMissedWhenTheyGo) {
  auto at = outpost();
  const auto watch = this->watch(*at);
  ASSERT_TRUE(watch);
  (*watch)->begin();
  at.reset();
  EXPECT_TRUE((*watch)->take().is_empty());
  EXPECT_EQ((*watch)->memory(), 0);
  EXPECT_THAT((*watch)->missing(), testing::ElementsAre(testing::HasSubstr("was lost")));
}

TEST_F(Outposts, AreNotAnybodyElse) {
  // The service itself never answers, and a probe takes nothing but its greeting.
  const auto at = outpost();
  auto socket = LineSocket::connect("127.0.0.1", at->port(), 2s);
  ASSERT_TRUE(socket);
  ASSERT_TRUE(socket->write("GET / HTTP/1.1"));
  const auto answer = socket->read();
  ASSERT_TRUE(answer);
  EXPECT_THAT(*answer, testing::StartsWith("error this probe expects"));
  EXPECT_FALSE(socket->read());
}

TEST_F(Outposts, CutOffWhoNeverEndsALine) {
  const auto at = outpost();
  auto socket = LineSocket::connect("127.0.0.1", at->port(), 5s);
  ASSERT_TRUE(socket);
  const std::string endless(LineSocket::kMostBytes + 8192, 'x');
  static_cast<void>(socket->write(endless));
  EXPECT_FALSE(socket->read());
}

TEST_F(Outposts, ServeOnlySoManyAtOnce) {
  const auto at = outpost();
  std::vector<std::unique_ptr<RemoteWatch>> all;
  for (std::size_t i = 0; i < Outpost::kMostVisitors; ++i) {
    auto watch = this->watch(*at);
    ASSERT_TRUE(watch) << i;
    all.push_back(std::move(*watch));
  }
  EXPECT_FALSE(watch(*at));
  all.pop_back();
  EXPECT_TRUE(eventually([&] { return watch(*at).has_value(); }));
}

}  // namespace
}  // namespace loadstone::probe
