// Expected failures are values: Result<T> is either a T or an Error that a person can read and a program can branch on.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace loadstone {

enum class ErrorCode {
  kInvalid,      // what was given is not acceptable: a usage error, a malformed file
  kNotFound,     // a file, host or name does not exist
  kUnavailable,  // it exists but cannot be used now: refused, busy, no permission
  kLimit,        // a bound with a name was reached
  kIo,           // the operating system failed a read, write or other call
  kInternal,     // our own mistake
};

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;  // one sentence for a person, without a final full stop

  // The same error with what was being done put in front: "reading suite.yaml: no such file".
  [[nodiscard]] Error within(std::string_view doing) const { return {code, std::string(doing) + ": " + message}; }
};

template <class T>
using Result = tl::expected<T, Error>;

using Status = Result<void>;

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace loadstone
