// A TLS server over real sockets, for tests.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "net/peer_for_test.h"
#include "net/tls_peer_for_test.h"

namespace loadstone::net {

// Serves one connection after the other, each until it ends: answers what `answer` makes of what it has heard in all.
class ServerThread {
 public:
  ServerThread(int connections, int version, std::function<std::string(std::string&)> answer)
      : identity_(issue({.names = "DNS:localhost"})),
        context_(make_server(identity_, version)),
        thread_([this, connections, answer = std::move(answer)] {
          for (int i = 0; i < connections; ++i) serve(answer);
        }) {}
  ~ServerThread() { thread_.join(); }

  [[nodiscard]] const Address& address() const { return listener_.address(); }
  [[nodiscard]] const Identity& identity() const { return identity_; }

 private:
  void serve(const std::function<std::string(std::string&)>& answer) {
    PeerSocket socket = listener_.accept();
    ServerStream stream(context_.get());
    std::string heard;
    while (socket.wait_readable()) {
      const std::string bytes = socket.receive_some();
      if (bytes.empty()) return;
      heard += stream.take(bytes);
      if (const std::string said = heard.empty() ? "" : answer(heard); !said.empty()) stream.say(said);
      std::string out = stream.out();
      for (std::size_t at = 0; at < out.size();) {
        const std::size_t n = socket.send_some(std::string_view(out).substr(at));
        if (n == 0) std::this_thread::sleep_for(1ms);
        at += n;
      }
    }
  }

  Identity identity_;
  ServerContext context_;
  Listener listener_;
  std::thread thread_;
};

// "question" at the front of what was heard is taken away and answered.
inline std::string answer_questions(std::string& heard) {
  std::string said;
  while (heard.starts_with("question")) {
    heard.erase(0, 8);
    said += "answer";
  }
  return said;
}

}  // namespace loadstone::net
