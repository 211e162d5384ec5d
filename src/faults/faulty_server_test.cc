#include "faults/faulty_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/format.h"

namespace loadstone::faults {
namespace {

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  return fd;
}

std::string ask(int fd) {
  const std::string request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  EXPECT_EQ(::send(fd, request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
  std::string answer;
  char part[512];
  while (answer.find("\r\n\r\nok") == std::string::npos) {
    const ssize_t n = ::recv(fd, part, sizeof part, 0);
    if (n <= 0) break;
    answer.append(part, static_cast<std::size_t>(n));
  }
  return answer.substr(0, answer.find('\r'));
}

TEST(FaultyServer, EveryFaultInEveryShapeAnswers) {
  for (const Named& named : fault_names()) {
    if (named.fault == Fault::kDescriptors) continue;  // of the whole process: see below
    for (const Shape shape : {Shape::kThreads, Shape::kLoop, Shape::kPool}) {
      auto server = FaultyServer::start({named.fault, shape, 0});
      if (named.fault == Fault::kQuota && !server) {
        EXPECT_EQ(server.error().code, ErrorCode::kUnavailable);  // not root's, or not a cgroup's owner
        continue;
      }
      EXPECT_EQ(server.has_value(), is_possible(named.fault, shape)) << named.name;
      if (!server) continue;
      const int first = connect_to((*server)->port());
      const int second = connect_to((*server)->port());
      for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(ask(first), "HTTP/1.1 200 OK") << named.name;
        EXPECT_EQ(ask(second), "HTTP/1.1 200 OK") << named.name;
      }
      ::close(first);
      EXPECT_EQ(ask(second), "HTTP/1.1 200 OK") << named.name;
      ::close(second);
    }
  }
}

TEST(FaultyServer, RequestsThatComeTogetherAreAnsweredOneByOne) {
  auto server = FaultyServer::start({Fault::kNone, Shape::kLoop, 0});
  ASSERT_TRUE(server);
  const int fd = connect_to((*server)->port());
  const std::string two = "GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n";
  ASSERT_EQ(::send(fd, two.data(), two.size(), MSG_NOSIGNAL), static_cast<ssize_t>(two.size()));
  std::string all;
  char part[512];
  for (ssize_t n = 0; all.size() < 2 * 40 && (n = ::recv(fd, part, sizeof part, 0)) > 0;)
    all.append(part, static_cast<std::size_t>(n));
  const auto first = all.find("200 OK");
  EXPECT_NE(first, std::string::npos);
  EXPECT_NE(all.find("200 OK", first + 1), std::string::npos);
  ::close(fd);
}

TEST(Fault, Names) {
  EXPECT_EQ(*fault_named("lock-cpu"), Fault::kLockCpu);
  EXPECT_THAT(fault_named("lok").error().message, ::testing::HasSubstr("lock"));
  EXPECT_EQ(*shape_named("pool"), Shape::kPool);
  EXPECT_FALSE(shape_named("heap"));
  EXPECT_FALSE(is_possible(Fault::kLock, Shape::kLoop));
}

}  // namespace
}  // namespace loadstone::faults
