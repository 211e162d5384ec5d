#include "protocol/encoding/body.h"

#include <algorithm>

#include "base/format.h"
#include "base/units.h"

namespace loadstone::encoding {

using State = Decoder::State;

void Body::begin(Coding coding) {
  text_.clear();
  coding_ = coding;
  // Without a single byte there is nothing to decode either: answers to HEAD, 304 …
  state_ = State::kComplete;
  if (coding == Coding::kNone || coding == Coding::kOther) return;
  if (coding != decoders_) {
    decoder_ = make_decoder(coding);
    decoders_ = coding;
  } else {
    decoder_->reset();
  }
}

void Body::add(std::string_view bytes) {
  if (bytes.empty()) return;
  if (coding_ == Coding::kNone) {
    text_.append(bytes.substr(0, std::min(bytes.size(), max_bytes_ - text_.size())));
  } else if (coding_ == Coding::kOther) {
    state_ = State::kBroken;
  } else if (state_ != State::kBroken && state_ != State::kTooLarge) {
    state_ = decoder_->decode(bytes, max_bytes_, text_);
  }
}

std::string Body::problem() const {
  if (state_ == State::kComplete) return {};
  if (coding_ == Coding::kOther) return "its Content-Encoding is none that can be decoded";
  const std::string_view name = name_of(coding_);
  if (state_ == State::kMore) return format("its {} ends too early", name);
  if (state_ == State::kBroken) return format("its {} is broken", name);
  return format("its {} decodes to more than {}", name, show_quantity(static_cast<double>(max_bytes_), Unit::kBytes));
}

}  // namespace loadstone::encoding
