// Inside serve only (includes Asio and Beast): the socket under Beast's WebSocket stream.
#pragma once

#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/role.hpp>
#include <utility>

#include "serve/loop.h"

namespace serve {

using Failure = boost::system::error_code;

// Can swallow the pongs that Beast sends by itself.
class Wire : public Socket {
 public:
  explicit Wire(Socket socket) : Socket(std::move(socket)) {}
  void drop_pongs() { drop_pongs_ = true; }

  template <class Buffers, class Handler>
  auto async_write_some(const Buffers& buffers, Handler&& handler) {
    const std::size_t size = drop_pongs_ ? pong_size(buffers) : 0;
    if (size == 0) return Socket::async_write_some(buffers, std::forward<Handler>(handler));
    return asio::async_initiate<Handler, void(Failure, std::size_t)>(
        [executor = get_executor(), size](auto&& completion) {
          asio::post(executor,
                     boost::beast::bind_front_handler(std::forward<decltype(completion)>(completion), Failure(), size));
        },
        handler);
  }

 private:
  // The size of the pong frame that these bytes are, or 0. A frame of at most 125 bytes is written in one piece.
  template <class Buffers>
  static std::size_t pong_size(const Buffers& buffers) {
    const auto first = asio::buffer_sequence_begin(buffers);
    if (first == asio::buffer_sequence_end(buffers)) return 0;
    const asio::const_buffer b(*first);
    const auto* bytes = static_cast<const unsigned char*>(b.data());
    const std::size_t size = asio::buffer_size(buffers);
    return b.size() >= 2 && bytes[0] == 0x8A && bytes[1] <= 125 && size == 2U + bytes[1] ? size : 0;
  }
  bool drop_pongs_ = false;
};

// What Beast calls when the WebSocket is over: only our side is shut here; the session waits for the peer's.
template <class Handler>
void async_teardown(boost::beast::role_type, Wire& wire, Handler&& handler) {
  Failure ignored;
  wire.shutdown(Socket::shutdown_send, ignored);
  asio::post(wire.get_executor(), boost::beast::bind_front_handler(std::forward<Handler>(handler), Failure()));
}

}  // namespace serve
