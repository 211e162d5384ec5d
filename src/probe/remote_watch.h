// Watches a service on another machine, by way of a `loadstone probe --listen` there.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "probe/line_socket.h"
#include "probe/watching.h"

namespace loadstone::probe {

class RemoteWatch final : public Watching {
 public:
  // Whoever listens on `service_port` of the probe's machine is watched. Every question waits for its answer, for two
  // seconds at most; once one has failed, none is asked any more and missing() says what happened.
  [[nodiscard]] static Result<std::unique_ptr<RemoteWatch>> start(const std::string& host, std::uint16_t port,
                                                                  const std::string& token, std::uint16_t service_port);

  void begin() override;
  void begin_measuring() override;
  [[nodiscard]] result::ServiceSample take() override;
  [[nodiscard]] double memory() override;
  [[nodiscard]] const std::string& description() const override { return description_; }
  [[nodiscard]] std::vector<std::string> missing() override;

 private:
  RemoteWatch(LineSocket socket, std::string place, std::string description);
  // What comes after `word` in the answer; empty when it failed.
  std::string ask(std::string_view question, std::string_view word);
  void lose(const std::string& why);

  LineSocket socket_;
  std::string place_;  // "10.0.0.7:9190"
  std::string description_;
  std::string problem_;
};

}  // namespace loadstone::probe
