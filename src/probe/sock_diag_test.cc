#include "probe/sock_diag.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "probe/child_for_test.h"
#include "probe/service_port.h"

namespace loadstone::probe {
namespace {

TEST(SockDiag, CountsWhoWaitsToBeAccepted) {
  std::uint16_t port = 0;
  const int listener = listen_anywhere(7, port);
  std::vector<int> clients;
  for (int i = 0; i < 5; ++i) clients.push_back(connect_to(port));
  auto diag = SockDiag::open();
  ASSERT_TRUE(diag) << diag.error().message;
  const auto sockets = diag->listening(port);
  ASSERT_TRUE(sockets) << sockets.error().message;
  ASSERT_EQ(sockets->size(), 1U);
  EXPECT_EQ(sockets->front().port, port);
  EXPECT_EQ(sockets->front().waiting, 5U);
  EXPECT_EQ(sockets->front().backlog, 7U);
  EXPECT_NE(sockets->front().inode, 0U);
  const int accepted = ::accept(listener, nullptr, nullptr);
  EXPECT_EQ(diag->listening(port)->front().waiting, 4U);
  const auto all = diag->listening(0);
  EXPECT_TRUE(std::any_of(all->begin(), all->end(), [&](const auto& s) { return s.port == port; }));
  ::close(accepted);
  for (const int fd : clients) ::close(fd);
  ::close(listener);
}

TEST(SockDiag, SeesUnreadAndUnsentBytesOfEachConnection) {
  std::uint16_t port = 0;
  const int listener = listen_anywhere(8, port);
  const int quiet = connect_to(port);
  const int quiet_end = ::accept(listener, nullptr, nullptr);
  const int talker = connect_to(port);
  const int talker_end = ::accept(listener, nullptr, nullptr);
  ASSERT_EQ(::send(talker, "0123456789", 10, 0), 10);
  // The service writes until nothing more is taken: its client does not read.
  const std::vector<char> much(1 << 20, 'x');
  while (::send(talker_end, much.data(), much.size(), MSG_DONTWAIT) > 0) {
  }
  auto diag = SockDiag::open();
  ASSERT_TRUE(diag);
  std::vector<EstablishedSocket> seen;
  ASSERT_TRUE(eventually([&] {
    seen.clear();
    return diag->established(port, true, [&](const auto& s) { seen.push_back(s); }) && seen.size() == 2 &&
           std::any_of(seen.begin(), seen.end(), [](const auto& s) { return s.unread_bytes == 10; });
  }));
  const auto& busy = seen[0].unread_bytes == 10 ? seen[0] : seen[1];
  const auto& idle = seen[0].unread_bytes == 10 ? seen[1] : seen[0];
  EXPECT_EQ(busy.local_port, port);
  EXPECT_GT(busy.unsent_bytes, 0U);
  EXPECT_EQ(idle.unread_bytes, 0U);
  EXPECT_EQ(idle.unsent_bytes, 0U);
  EXPECT_NE(idle.inode, busy.inode);
  for (const int fd : {quiet, quiet_end, talker, talker_end, listener}) ::close(fd);
}

TEST(ServicePort, CountsTheConnectionsThatStayStuck) {
  std::uint16_t port = 0;
  const int listener = listen_anywhere(4, port);
  const int client = connect_to(port);
  const int end = ::accept(listener, nullptr, nullptr);
  const std::vector<char> much(1 << 20, 'x');
  while (::send(end, much.data(), much.size(), MSG_DONTWAIT) > 0) {
  }
  auto service = ServicePort::open(port, ::getpid());
  ASSERT_TRUE(service) << service.error().message;
  result::ServiceSample first, second;
  ASSERT_TRUE(service->look_at_connections(first));
  ASSERT_TRUE(service->look_at_connections(second));
  EXPECT_EQ(first.connections, 1);
  EXPECT_GT(first.unsent_bytes, 0);
  EXPECT_EQ(first.stuck_sockets, 0);   // one look cannot tell
  EXPECT_EQ(second.stuck_sockets, 1);  // two can
  // It reads some, and is sent more: there are unsent bytes again, but others.
  std::vector<char> some(much.size());
  ASSERT_TRUE(eventually([&] {
    static_cast<void>(::recv(client, some.data(), some.size(), MSG_DONTWAIT));
    return ::send(end, much.data(), much.size(), MSG_DONTWAIT) > 0;
  }));
  result::ServiceSample third;
  ASSERT_TRUE(service->look_at_connections(third));
  EXPECT_GT(third.unsent_bytes, 0);
  EXPECT_EQ(third.stuck_sockets, 0);
  result::ServiceSample queue;
  ASSERT_TRUE(service->look_at_queue(queue));
  EXPECT_EQ(queue.queue_reads, 1);
  EXPECT_EQ(queue.queue_used, 0);
  std::vector<int> waiting;
  for (int i = 0; i < 4; ++i) waiting.push_back(connect_to(port));
  ASSERT_TRUE(service->look_at_queue(queue));
  EXPECT_EQ(queue.queue_reads, 2);
  EXPECT_EQ(queue.queue_used, 1);
  EXPECT_EQ(queue.queue_full, 1);
  EXPECT_EQ(queue.queue_most, 4);
  EXPECT_EQ(queue.queue_backlog, 4);
  for (const int fd : waiting) ::close(fd);
  for (const int fd : {client, end, listener}) ::close(fd);
}

}  // namespace
}  // namespace loadstone::probe
