#include "liveview/live_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "liveview/live_address.h"
#include "report/page.h"
#include "serve/client_for_test.h"

namespace loadstone::liveview {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::shared_ptr<const result::RunResult> result_named(std::string suite) {
  auto run = std::make_shared<result::RunResult>();
  run->run.suite = std::move(suite);
  run->scenarios.emplace_back().name = "one";
  return run;
}

std::uint16_t port_of(const LivePage& page) {
  const std::string url = page.url();
  return static_cast<std::uint16_t>(std::stoi(url.substr(url.find(':', 7) + 1)));
}

// What has come already.
std::string received(serve::TestClient& client) {
  std::string text;
  while (client.has_bytes()) text += client.take(1);
  return text;
}

// The answer to one request, as much of it as comes before `until`, or all.
std::string ask(const LivePage& page, std::string_view target, std::string_view headers = "Host: localhost\r\n",
                std::string_view until = {}) {
  serve::TestClient client(port_of(page));
  EXPECT_TRUE(client.connected());
  client.send(format("GET {} HTTP/1.1\r\n{}Connection: close\r\n\r\n", target, headers));
  std::string text;
  while (until.empty() || text.find(until) == std::string::npos) {
    const auto end = client.fill();
    text += received(client);
    if (end != serve::TestClient::End::kOpen) break;
  }
  return text;
}

std::unique_ptr<LivePage> start(std::string_view address = "") {
  auto page = LivePage::start(*parse_live_address(address));
  EXPECT_TRUE(page) << page.error().message;
  return std::move(*page);
}

TEST(LiveAddress, IsReadInEveryForm) {
  struct Case {
    const char* text;
    const char* host;
    int port;
    bool loopback;
  };
  for (const auto& c :
       {Case{"", "127.0.0.1", 0, true}, Case{"8080", "127.0.0.1", 8080, true}, Case{"0.0.0.0", "0.0.0.0", 0, false},
        Case{"0.0.0.0:80", "0.0.0.0", 80, false}, Case{"[::1]:80", "[::1]", 80, true}, Case{"::1", "::1", 0, true},
        Case{"[::]", "[::]", 0, false}, Case{"localhost:9", "localhost", 9, true},
        Case{"127.0.0.2:9", "127.0.0.2", 9, true}, Case{"127.0.0.1.example.org:9", "127.0.0.1.example.org", 9, false},
        Case{"10.0.0.1:65535", "10.0.0.1", 65535, false}}) {
    const auto address = parse_live_address(c.text);
    ASSERT_TRUE(address) << c.text;
    EXPECT_EQ(address->host, c.host) << c.text;
    EXPECT_EQ(address->port, c.port) << c.text;
    EXPECT_EQ(address->is_loopback(), c.loopback) << c.text;
  }
  for (const char* wrong : {"localhost:", "localhost:http", "localhost:70000", "http://localhost:80", "-1:80:"})
    EXPECT_FALSE(parse_live_address(wrong)) << wrong;
}

TEST(LiveAddress, TokensAreLongAndDiffer) {
  EXPECT_EQ(make_token().size(), 32U);
  EXPECT_NE(make_token(), make_token());
  EXPECT_TRUE(same_token("abc", "abc"));
  for (const char* other : {"abd", "ab", "abcd", ""}) EXPECT_FALSE(same_token("abc", other)) << other;
}

TEST(LivePage, ServesThePageThatFollowsIt) {
  const auto page = start();
  const auto answer = ask(*page, "/");
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 200"), HasSubstr(R"({"results":[],"live":"events"})"),
                            HasSubstr("X-Frame-Options: DENY"), Not(HasSubstr(report::kResultsMark))));
  EXPECT_THAT(ask(*page, "/other"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(ask(*page, "/result.json"), StartsWith("HTTP/1.1 503"));
}

TEST(LivePage, TellsWhoLooksOnWhatIsPublished) {
  const auto page = start();
  page->publish(result_named("first"), 0);
  serve::TestClient client(port_of(*page));
  client.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  std::string text;
  const auto wait_for = [&](std::string_view wanted) {
    while (text.find(wanted) == std::string::npos && client.fill() == serve::TestClient::End::kOpen)
      text += received(client);
    return text.find(wanted) != std::string::npos;
  };
  ASSERT_TRUE(wait_for("first")) << text;
  EXPECT_THAT(text,
              AllOf(HasSubstr("text/event-stream"), HasSubstr("event: result\ndata: {\"running\":0,\"result\":{")));
  page->publish(result_named("second"), 0);
  ASSERT_TRUE(wait_for("second")) << text;
  page->finish(result_named("third"));
  ASSERT_TRUE(wait_for("third")) << text;
  EXPECT_THAT(text, HasSubstr("event: over\ndata: {\"running\":null,"));
  // Who comes late is told the last word, and no more.
  EXPECT_THAT(ask(*page, "/events"), AllOf(HasSubstr("event: over"), HasSubstr("third")));
}

TEST(LivePage, GivesTheNumbersToPrograms) {
  const auto page = start();
  page->publish(result_named("shop"), 0);
  EXPECT_THAT(ask(*page, "/result.json"), HasSubstr("\"suite\": \"shop\""));
  EXPECT_THAT(ask(*page, "/metrics"), AllOf(HasSubstr("application/openmetrics-text"),
                                            HasSubstr("loadstone_run_info{suite=\"shop\""), HasSubstr("# EOF\n")));
}

// A page of another name that leads to this machine must not read along.
TEST(LivePage, OnLoopbackItWantsToBeAskedByName) {
  const auto page = start();
  EXPECT_THAT(page->url(), Not(HasSubstr("token")));
  for (const char* host : {"Host: localhost:1\r\n", "Host: 127.0.0.1\r\n", "Host: [::1]:80\r\n"})
    EXPECT_THAT(ask(*page, "/", host), StartsWith("HTTP/1.1 200")) << host;
  for (const char* host : {"Host: evil.example\r\n", "Host: 127.0.0.1.evil.example\r\n", "Host: \r\n"})
    for (const char* target : {"/", "/events", "/result.json", "/metrics"})
      EXPECT_THAT(ask(*page, target, host), StartsWith("HTTP/1.1 403")) << host << target;
}

TEST(LivePage, OnOtherAddressesItWantsTheToken) {
  const auto page = start("0.0.0.0");
  const std::string url = page->url();
  const std::string token = url.substr(url.find("token=") + 6);
  ASSERT_EQ(token.size(), 32U);
  page->publish(result_named("secret"), 0);
  for (const char* target : {"/", "/events", "/result.json", "/metrics"}) {
    const std::string host = "Host: anything\r\n";
    EXPECT_THAT(ask(*page, target, host), AllOf(StartsWith("HTTP/1.1 401"), Not(HasSubstr("secret")))) << target;
    EXPECT_THAT(ask(*page, format("{}?token={}x", target, token), host), StartsWith("HTTP/1.1 401")) << target;
    EXPECT_THAT(ask(*page, format("{}?token={}", target, token), host, "\r\n"), StartsWith("HTTP/1.1 200")) << target;
    EXPECT_THAT(ask(*page, target, format("{}Authorization: Bearer {}\r\n", host, token), "\r\n"),
                StartsWith("HTTP/1.1 200"))
        << target;
  }
}

TEST(LivePage, AnAddressThatIsTakenIsAnError) {
  const auto page = start();
  EXPECT_FALSE(LivePage::start(*parse_live_address(format("{}", port_of(*page)))));
}

}  // namespace
}  // namespace loadstone::liveview
