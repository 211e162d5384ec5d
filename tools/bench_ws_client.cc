// A client on Boost.Beast that only counts, for tools/bench: bench_ws_client PORT CLIENTS
//
// Opens them a hundred at a time on 127.0.0.1; when all have been closed it prints "received N". One thread.
#include <sys/resource.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

namespace {
namespace asio = boost::asio;
namespace beast = boost::beast;
using Failure = boost::system::error_code;

struct Counts {
  std::uint64_t begun = 0, closed = 0, received = 0;
};

struct Audience {
  asio::io_context io{1};
  asio::ip::tcp::endpoint server;
  std::uint64_t clients = 0;
  Counts counts;
  void open();
};

class Client : public std::enable_shared_from_this<Client> {
 public:
  explicit Client(Audience& audience) : audience_(audience), ws_(audience.io) {}
  ~Client() { ++audience_.counts.closed; }

  void start() {
    ws_.next_layer().async_connect(audience_.server, [me = shared_from_this()](Failure failure) {
      if (failure) return;
      me->ws_.next_layer().set_option(asio::ip::tcp::no_delay(true));
      me->ws_.async_handshake("127.0.0.1", "/", [me](Failure refused) {
        if (refused) return;
        me->audience_.open();
        me->read();
      });
    });
  }

 private:
  void read() {
    ws_.async_read(buffer_, [me = shared_from_this()](Failure failure, std::size_t) {
      if (failure) return;
      ++me->audience_.counts.received;
      me->buffer_.clear();
      me->read();
    });
  }
  Audience& audience_;
  beast::websocket::stream<asio::ip::tcp::socket, false> ws_;
  beast::flat_buffer buffer_;
};

void Audience::open() {
  if (counts.begun == clients) return;
  ++counts.begun;
  std::make_shared<Client>(*this)->start();
}
}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  Audience audience;
  audience.server = {asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(std::atoi(argv[1]))};
  audience.clients = static_cast<std::uint64_t>(std::atoi(argv[2]));
  for (int i = 0; i < 100; ++i) audience.open();
  audience.io.run();
  std::printf("received %llu\n", static_cast<unsigned long long>(audience.counts.received));
  return audience.counts.closed == audience.clients ? 0 : 1;
}
