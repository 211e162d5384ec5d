#include "protocol/http2/codec.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "base/format.h"
#include "protocol/http2/pieces.h"

namespace loadstone::http2 {

using protocol::Event;
using protocol::Events;
using protocol::Filling;
using protocol::PreparedRequest;

namespace {

// So much may wait to go out; the rest stays with nghttp2 until some of it has gone.
constexpr std::size_t kMaxPending = 64 * 1024;
// The largest window there can be, less one so that no sum of ours overflows a peer that counts with signs.
constexpr std::int32_t kWindow = 0x7ffffffe;
// Streams have odd 31-bit numbers, each used once: afterwards the connection is used up.
constexpr std::uint64_t kMostStreams = std::uint64_t{1} << 30;
// Fields up to this size are sent; nghttp2's own bound is that of a careful browser.
constexpr std::size_t kMaxFieldBytes = 1024 * 1024;
constexpr std::string_view kHttp1Begins = "HTTP/1.";
constexpr std::size_t kUsualFields = 24;

std::uint8_t* mutable_bytes(std::string_view s) {
  return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(s.data()));  // nghttp2 only reads them
}

// "RST_STREAM CANCEL": static, since events outlive the codec's calls.
const char* error_text(const char* frame, std::uint32_t code) {
  constexpr std::size_t kCodes = 14;  // RFC 9113 section 7
  const auto make = [](const char* what) {
    std::array<std::string, kCodes + 1> texts;
    for (std::uint32_t i = 0; i < kCodes; ++i) texts.at(i) = format("{} {}", what, nghttp2_http2_strerror(i));
    texts.back() = format("{} with an unknown error code", what);
    return texts;
  };
  static const auto kResets = make("the server reset the stream: RST_STREAM");
  static const auto kGoodbyes = make("closed by the server after GOAWAY");
  static const auto kWrongs = make("the answer is not HTTP/2:");
  const auto& texts = frame[0] == 'R' ? kResets : frame[0] == 'G' ? kGoodbyes : kWrongs;
  return texts.at(std::min<std::size_t>(code, kCodes)).c_str();
}

}  // namespace

// What nghttp2 calls while bytes go in or out.
struct Codec::Callbacks {
  static std::string_view text_of(const nghttp2_vec& bytes) {
    return {reinterpret_cast<const char*>(bytes.base), bytes.len};
  }

  // The frames of an answer mostly come one after the other: then nghttp2 need not look it up.
  static Stream* stream_of(Codec& codec, std::int32_t id) {
    Stream*& recent = codec.recent_;
    if (recent == nullptr || recent->id != id || !recent->is_in_flight)
      recent = static_cast<Stream*>(nghttp2_session_get_stream_user_data(codec.session_.get(), id));
    return recent;
  }

  static int field(nghttp2_session*, const nghttp2_frame* frame, nghttp2_rcbuf* name, nghttp2_rcbuf* value,
                   std::uint8_t, void* self) {
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;
    Codec& codec = *static_cast<Codec*>(self);
    const nghttp2_vec n = nghttp2_rcbuf_get_buf(name);
    const bool is_status = n.len == 7 && n.base[0] == ':';  // the only pseudo-field of an answer
    if (codec.reads_fields_) [[unlikely]] {
      if (Stream* s = stream_of(codec, frame->hd.stream_id); s != nullptr && !s->has_head)
        read_field(*s, is_status, text_of(n), text_of(nghttp2_rcbuf_get_buf(value)));
    }
    if (!is_status) return 0;
    const nghttp2_vec v = nghttp2_rcbuf_get_buf(value);
    int status = 0;  // nghttp2 has seen to it that these are three digits
    for (std::size_t i = 0; i < v.len && i < 3; ++i) status = status * 10 + (v.base[i] - '0');
    codec.status_ = static_cast<std::uint16_t>(status);
    return 0;
  }

  static void read_field(Stream& s, bool is_status, std::string_view name, std::string_view value) {
    if (is_status) {  // what came with an interim answer is not of the final one
      s.fields.clear();
      s.coding = encoding::Coding::kNone;
      return;
    }
    if (name == "content-encoding") s.coding = encoding::coding_of(value, s.coding);
    if (s.request->wants_fields) s.fields.append(name).append(": ").append(value).append("\r\n");
  }

  static int frame(nghttp2_session* session, const nghttp2_frame* frame, void* self) {
    Codec& codec = *static_cast<Codec*>(self);
    switch (frame->hd.type) {
      case NGHTTP2_HEADERS:
      case NGHTTP2_DATA:
        break;
      case NGHTTP2_SETTINGS:
        if ((frame->hd.flags & NGHTTP2_FLAG_ACK) == 0)
          codec.limit_ = std::min<std::size_t>(
              codec.streams_.size(),
              nghttp2_session_get_remote_settings(session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS));
        return 0;
      case NGHTTP2_GOAWAY:
        codec.is_going_away_ = true;
        codec.last_id_ = frame->goaway.last_stream_id;
        if (frame->goaway.error_code != NGHTTP2_NO_ERROR)
          codec.problem_ = error_text("GOAWAY", frame->goaway.error_code);
        return 0;
      case NGHTTP2_RST_STREAM:
        if (Stream* s = stream_of(codec, frame->hd.stream_id)) s->was_reset = true;
        return 0;
      default:
        return 0;
    }
    const bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (frame->hd.type == NGHTTP2_DATA && !ends) return 0;
    Stream* s = stream_of(codec, frame->hd.stream_id);
    if (s == nullptr) return 0;
    if (frame->hd.type == NGHTTP2_HEADERS && !s->has_head && codec.status_ >= 200) {
      s->has_head = true;
      s->status = codec.status_;
      const std::string_view fields = s->request->wants_fields ? std::string_view(s->fields) : std::string_view();
      codec.events_->push_back({.kind = Event::Kind::kHead,
                                .coding = s->coding,
                                .status = s->status,
                                .exchange = codec.number_of(*s),
                                .bytes = fields});
    }
    if (!ends) return 0;
    s->has_ended = true;
    // The answer is complete before the request is: nobody wants the rest of it (section 8.1). Else the stream closes
    // by itself now.
    if (s->is_all_in_head || nghttp2_session_get_stream_local_close(session, s->id) != 0) return 0;
    nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, s->id, NGHTTP2_NO_ERROR);
    nghttp2_session_set_stream_user_data(session, s->id, nullptr);
    codec.done(*s);
    return 0;
  }

  static int chunk(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t size,
                   void* self) {
    Codec& codec = *static_cast<Codec*>(self);
    Stream* s = codec.reads_fields_ ? stream_of(codec, id) : nullptr;
    if (s == nullptr || !s->request->wants_body) return 0;
    codec.events_->push_back({.kind = Event::Kind::kBody,
                              .status = s->status,
                              .exchange = codec.number_of(*s),
                              .bytes = {reinterpret_cast<const char*>(bytes), size}});
    return 0;
  }

  static int closed(nghttp2_session*, std::int32_t id, std::uint32_t error, void* self) {
    Codec& codec = *static_cast<Codec*>(self);
    Stream* s = stream_of(codec, id);
    if (s == nullptr) return 0;  // given up before
    if (s->has_ended)
      codec.done(*s);
    else if (codec.is_going_away_ && id > codec.last_id_)
      codec.failed(*s, Event::Reason::kUntouched, "the server went away before it took the request");
    else if (s->was_reset)
      codec.failed(*s, Event::Reason::kReset, error_text("RST_STREAM", error));
    else
      codec.failed(*s, Event::Reason::kProtocol, error_text("wrong", error));
    return 0;
  }

  static int wrong(nghttp2_session*, const nghttp2_frame*, int error, void* self) {
    static_cast<Codec*>(self)->problem_ = nghttp2_strerror(error);
    return 0;
  }

  static ssize_t read_body(nghttp2_session*, std::int32_t, std::uint8_t* to, std::size_t room, std::uint32_t* flags,
                           nghttp2_data_source* source, void*) {
    std::string_view& body = static_cast<Stream*>(source->ptr)->body;
    const std::size_t n = std::min(room, body.size());
    std::copy_n(body.begin(), n, reinterpret_cast<char*>(to));
    body.remove_prefix(n);
    if (body.empty()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(n);
  }

  static nghttp2_session_callbacks* make() {
    nghttp2_session_callbacks* callbacks = nullptr;
    CHECK(nghttp2_session_callbacks_new(&callbacks) == 0);
    nghttp2_session_callbacks_set_on_header_callback2(callbacks, field);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, chunk);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, closed);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, wrong);
    return callbacks;
  }

  static nghttp2_option* options() {
    nghttp2_option* options = nullptr;
    CHECK(nghttp2_option_new(&options) == 0);
    nghttp2_option_set_max_send_header_block_length(options, kMaxFieldBytes);
    nghttp2_option_set_no_closed_streams(options, 1);
    return options;
  }
};

void Codec::DeleteSession::operator()(nghttp2_session* session) const { nghttp2_session_del(session); }

Codec::Codec(std::size_t streams) : streams_(streams) { CHECK(streams > 0); }

Codec::~Codec() = default;

void Codec::reset() {
  static nghttp2_session_callbacks* const kCallbacks = Callbacks::make();
  static nghttp2_option* const kOptions = Callbacks::options();
  session_.reset();
  nghttp2_session* session = nullptr;
  CHECK(nghttp2_session_client_new3(&session, kCallbacks, this, kOptions, pieces()) == 0,
        "no memory for an HTTP/2 session");
  session_.reset(session);
  for (Stream& s : streams_) s.is_in_flight = false;
  recent_ = nullptr;
  in_flight_ = limit_ = greeted_ = flown_ = 0;
  started_ = 0;
  is_going_away_ = is_dead_ = false;
  last_id_ = 0;
  problem_ = nullptr;
  flying_.clear();
  pending_.clear();
  late_.clear();
  // Without priorities (RFC 9113 section 5.3), which nobody here sends, a stream touches no other one's memory.
  const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
                                             {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
                                             {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindow}};
  CHECK(nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, std::size(settings)) == 0);
  CHECK(nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, kWindow) == 0);
}

std::size_t Codec::room() const {
  if (!reusable()) return 0;
  return limit_ > in_flight_ ? limit_ - in_flight_ : 0;
}

void Codec::start(std::uint32_t exchange, const PreparedRequest& request, const Filling& filling) {
  DCHECK(room() > 0);
  Stream& s = streams_[exchange];
  DCHECK(!s.is_in_flight);
  s.request = &request;
  s.is_in_flight = true;
  s.has_head = s.has_ended = s.was_reset = false;
  s.status = 0;
  reads_fields_ = reads_fields_ || request.wants_fields || request.wants_body;
  ++in_flight_;
  if (++started_ == kMostStreams) {  // those in flight end, and then it is used up
    is_going_away_ = true;
    last_id_ = INT32_MAX;
  }
  submit(s, filling);
}

void Codec::submit(Stream& s, const Filling& filling) {
  const PreparedRequest& request = *s.request;
  std::array<nghttp2_nv, kUsualFields> usual;
  std::vector<nghttp2_nv> many;
  if (request.fields.size() > usual.size()) many.resize(request.fields.size());
  nghttp2_nv* const fields = many.empty() ? usual.data() : many.data();
  constexpr std::uint8_t kStays = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE;
  const std::string_view bytes = request.bytes;
  nghttp2_nv* to = fields;
  for (const PreparedRequest::Field& f : request.fields)
    *to++ = {mutable_bytes(bytes.substr(f.name_at)), mutable_bytes(bytes.substr(f.value_at)), f.name_bytes,
             f.value_bytes, kStays};
  s.body = bytes.substr(request.body_at);
  if (!request.holes.empty()) {
    protocol::fill(request, filling, s.filled);
    for (std::size_t i = 0; i < request.fields.size(); ++i) {
      const PreparedRequest::Field& f = request.fields[i];
      const std::size_t before = protocol::filled_before(request, filling, f.value_at, false);
      const std::size_t within = protocol::filled_before(request, filling, f.value_at + f.value_bytes, true) - before;
      fields[i].value = mutable_bytes(std::string_view(s.filled).substr(f.value_at + before));
      fields[i].valuelen += within;
      if (within > 0) fields[i].flags |= NGHTTP2_NV_FLAG_NO_INDEX;  // never the same again
    }
    s.body = std::string_view(s.filled).substr(request.body_at +
                                               protocol::filled_before(request, filling, request.body_at, false));
  }
  s.is_all_in_head = s.body.empty();
  nghttp2_data_provider body{{.ptr = &s}, Callbacks::read_body};
  s.id = nghttp2_submit_request(session_.get(), nullptr, fields, request.fields.size(),
                                s.is_all_in_head ? nullptr : &body, &s);
  CHECK(s.id > 0, "nghttp2 takes no request: {}", nghttp2_strerror(s.id));
}

bool Codec::cancel(std::uint32_t exchange) {
  Stream& s = streams_[exchange];
  if (is_dead_ || !s.is_in_flight) return false;
  nghttp2_session_set_stream_user_data(session_.get(), s.id, nullptr);
  nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, s.id, NGHTTP2_CANCEL);
  finish(s);
  return true;
}

void Codec::pump() {
  while (pending_.size() < kMaxPending) {
    const std::uint8_t* bytes = nullptr;
    const ssize_t n = nghttp2_session_mem_send(session_.get(), &bytes);
    CHECK(n >= 0, "nghttp2 cannot send: {}", nghttp2_strerror(static_cast<int>(n)));
    if (n == 0) return;
    pending_.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(n));
  }
}

std::string_view Codec::output() {
  if (flown_ == flying_.size()) {
    if (!is_dead_) pump();
    flying_.clear();
    flown_ = 0;
    std::swap(flying_, pending_);
  }
  return std::string_view(flying_).substr(flown_);
}

void Codec::sent(std::size_t bytes) {
  flown_ += bytes;
  DCHECK(flown_ <= flying_.size());
}

// A server that speaks HTTP/1 answers the greeting in its own language; said in words, that is worth more than the
// error of a frame that makes no sense.
void Codec::compare_greeting(std::string_view bytes) {
  for (const char c : bytes) {
    if (greeted_ == kHttp1Begins.size() || kHttp1Begins[greeted_] != c) break;
    ++greeted_;
  }
}

void Codec::receive(std::string_view bytes, Events& events) {
  std::move(late_.begin(), late_.end(), std::back_inserter(events));
  late_.clear();
  if (is_dead_) return;
  events_ = &events;
  if (limit_ == 0) compare_greeting(bytes);
  if (greeted_ == kHttp1Begins.size()) {
    break_off(Event::Reason::kProtocol, "the server speaks HTTP/1.1, not HTTP/2");
    events_ = nullptr;
    return;
  }
  const ssize_t n =
      nghttp2_session_mem_recv(session_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (n >= 0) pump();  // what was wrong with a stream comes up when its RST_STREAM goes out
  if (n < 0)
    break_off(Event::Reason::kProtocol, nghttp2_strerror(static_cast<int>(n)));
  else if (nghttp2_session_want_read(session_.get()) == 0 && !(is_going_away_ && in_flight_ == 0))
    break_off(Event::Reason::kProtocol, problem_ != nullptr ? problem_ : "bytes that are not HTTP/2");
  events_ = nullptr;
}

void Codec::end_of_input(Events& events) {
  std::move(late_.begin(), late_.end(), std::back_inserter(events));
  late_.clear();
  if (is_dead_) return;
  events_ = &events;
  for (Stream& s : streams_) {
    if (!s.is_in_flight) continue;
    const char* problem = is_going_away_ && problem_ != nullptr ? problem_
                          : s.has_head                          ? "closed within the body of the answer"
                                                                : "closed before the head of the answer";
    failed(s, Event::Reason::kClosed, problem);
  }
  events_ = nullptr;
  is_dead_ = true;
}

void Codec::finish(Stream& s) {
  s.is_in_flight = false;
  --in_flight_;
}

void Codec::done(Stream& s) {
  finish(s);
  (events_ != nullptr ? *events_ : late_)
      .push_back({.kind = Event::Kind::kDone, .status = s.status, .exchange = number_of(s)});
}

void Codec::failed(Stream& s, Event::Reason reason, const char* problem) {
  finish(s);
  (events_ != nullptr ? *events_ : late_)
      .push_back({.kind = Event::Kind::kFailed, .reason = reason, .exchange = number_of(s), .bytes = problem});
}

// The connection is of no use any more.
void Codec::break_off(Event::Reason reason, const char* problem) {
  const bool answers_nothing = in_flight_ == 0;
  for (Stream& s : streams_)
    if (s.is_in_flight) failed(s, reason, problem);
  if (answers_nothing) events_->push_back({.kind = Event::Kind::kUnsolicited, .bytes = problem});
  is_dead_ = true;
}

}  // namespace loadstone::http2
