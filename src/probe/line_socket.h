// A blocking TCP connection that speaks in lines, for a probe and whoever asks it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace loadstone::probe {

class LineSocket {
 public:
  // No line is longer; who sends one is cut off.
  static constexpr std::size_t kMostBytes = 64 * 1024;

  // Resolves the name and connects; every later read and write takes at most as long as `timeout`.
  [[nodiscard]] static Result<LineSocket> connect(const std::string& host, std::uint16_t port, Nanoseconds timeout);
  // Takes over a connected socket.
  LineSocket(int fd, Nanoseconds timeout);
  ~LineSocket();
  LineSocket(LineSocket&& other) noexcept;
  LineSocket& operator=(LineSocket&&) = delete;

  // Sends the text and an end of line, which the text may not hold.
  [[nodiscard]] Status write(std::string_view line);
  // The next line, without its end.
  [[nodiscard]] Result<std::string> read();
  // From any thread: whoever reads or writes fails, now and from now on.
  void shut_down() const;

 private:
  int fd_;
  std::string received_;
};

}  // namespace loadstone::probe
