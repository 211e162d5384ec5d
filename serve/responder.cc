#include "serve/responder.h"

#include "serve/http_connection.h"
#include "serve/websocket_session.h"

namespace serve {

Exchange::~Exchange() {
  if (turn == 0 || !connection_ || !connection_->is_open(turn)) return;
  connection_->loop()->post([connection = connection_, t = turn] { connection->abandon(t); });
}

const Request& Responder::request() const { return exchange_->request; }

void Responder::reply(Response response) {
  exchange_->on_loop([turn = exchange_->turn, response = std::move(response)](HttpConnection& c) mutable {
    c.reply(turn, std::move(response));
  });
}

void Responder::begin(ResponseHead head, Framing framing, std::size_t length) {
  exchange_->on_loop([turn = exchange_->turn, head = std::move(head), framing, length](HttpConnection& c) {
    c.begin(turn, head, framing, length);
  });
}

void Responder::write(std::string bytes) {
  exchange_->on_loop([turn = exchange_->turn, bytes = std::move(bytes)](HttpConnection& c) mutable {
    c.write(turn, std::move(bytes));
  });
}

void Responder::end() {
  exchange_->on_loop([turn = exchange_->turn](HttpConnection& c) { c.end(turn); });
}

void Responder::watch(std::function<void()> gone) {
  exchange_->on_loop(
      [turn = exchange_->turn, gone = std::move(gone)](HttpConnection& c) mutable { c.watch(turn, std::move(gone)); });
}

std::size_t Responder::waiting_bytes() const { return exchange_->connection().waiting_bytes(); }

void Responder::write_raw(std::string bytes) {
  exchange_->on_loop([turn = exchange_->turn, bytes = std::move(bytes)](HttpConnection& c) mutable {
    c.write_raw(turn, std::move(bytes));
  });
}

void Responder::close() {
  exchange_->on_loop([turn = exchange_->turn](HttpConnection& c) { c.close(turn); });
}

void Responder::reset() {
  exchange_->on_loop([turn = exchange_->turn](HttpConnection& c) { c.reset(turn); });
}

std::shared_ptr<WebSocket> Responder::accept_websocket(WebSocketOptions options, WebSocketEvents events) {
  if (!is_open() || !request().wants_websocket()) return nullptr;
  auto session = std::make_shared<WebSocketSession>(exchange_->connection().loop(), std::string(request().peer()),
                                                    std::move(options), std::move(events));
  exchange_->on_loop(
      [exchange = exchange_, session](HttpConnection& c) { c.upgrade(exchange->turn, exchange->request, session); });
  return session;
}

bool Responder::is_open() const { return exchange_->connection().is_open(exchange_->turn); }

void Responder::after(Nanoseconds delay, std::function<void()> run) {
  exchange_->connection().loop()->after(delay, std::move(run));
}

}  // namespace serve
