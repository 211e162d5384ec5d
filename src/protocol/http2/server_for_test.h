// The server's side of HTTP/2 for tests, on nghttp2: takes bytes and gives bytes, answers as it is told.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace loadstone::http2 {

class ServerForTest {
 public:
  struct Request {
    std::int32_t stream = 0;
    std::map<std::string, std::string> fields;
    std::string body;
  };
  using Fields = std::vector<std::pair<std::string, std::string>>;

  explicit ServerForTest(std::uint32_t max_streams = 100) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                      const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* self) {
          static_cast<ServerForTest*>(self)->coming_[frame->hd.stream_id].fields[{
              reinterpret_cast<const char*>(name), name_size}] = {reinterpret_cast<const char*>(value), value_size};
          return 0;
        });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        callbacks,
        [](nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t size, void* self) {
          static_cast<ServerForTest*>(self)->coming_[id].body.append(reinterpret_cast<const char*>(bytes), size);
          return 0;
        });
    nghttp2_session_callbacks_set_on_frame_recv_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
          auto& server = *static_cast<ServerForTest*>(self);
          const std::int32_t id = frame->hd.stream_id;
          if (frame->hd.type == NGHTTP2_RST_STREAM) server.resets.emplace_back(id, frame->rst_stream.error_code);
          if (frame->hd.type == NGHTTP2_PING && (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) ++server.pongs;
          const bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
          if (!ends || (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)) return 0;
          Request request = std::move(server.coming_[id]);
          server.coming_.erase(id);
          request.stream = id;
          server.requests.push_back(std::move(request));
          return 0;
        });
    nghttp2_session_server_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, max_streams}};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, 1);
  }
  ServerForTest(const ServerForTest&) = delete;
  ServerForTest& operator=(const ServerForTest&) = delete;
  ~ServerForTest() { nghttp2_session_del(session_); }

  std::vector<Request> requests;  // whole ones, in the order in which they ended; tests take them off
  std::vector<std::pair<std::int32_t, std::uint32_t>> resets;
  int pongs = 0;

  void receive(std::string_view bytes) {
    nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  }
  // What it has to say.
  [[nodiscard]] std::string output() {
    std::string all;
    for (;;) {
      const std::uint8_t* bytes = nullptr;
      const ssize_t n = nghttp2_session_mem_send(session_, &bytes);
      if (n <= 0) return all;
      all.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(n));
    }
  }

  void answer(std::int32_t stream, const Fields& fields, std::string body, bool has_trailers = false) {
    Body& b = bodies_[stream];
    b = {std::move(body), 0, has_trailers};
    nghttp2_data_provider provider{{.ptr = &b}, read_body};
    const bool is_empty = b.bytes.empty() && !has_trailers;
    const auto nv = raw(fields);
    nghttp2_submit_response(session_, stream, nv.data(), nv.size(), is_empty ? nullptr : &provider);
  }
  void answer(std::int32_t stream) { answer(stream, {{":status", "200"}}, "ok"); }
  void interim(std::int32_t stream) {
    const Fields fields{{":status", "103"}};
    const auto nv = raw(fields);
    nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, stream, nullptr, nv.data(), nv.size(), nullptr);
  }
  void trailers(std::int32_t stream, const Fields& fields) {
    const auto nv = raw(fields);
    nghttp2_submit_trailer(session_, stream, nv.data(), nv.size());
  }
  void reset(std::int32_t stream, std::uint32_t code) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream, code);
  }
  void go_away(std::int32_t last_stream, std::uint32_t code = NGHTTP2_NO_ERROR) {
    nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, last_stream, code, nullptr, 0);
  }
  void ping() { nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr); }
  void allow(std::uint32_t max_streams) {
    const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, max_streams}};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, 1);
  }

 private:
  struct Body {
    std::string bytes;
    std::size_t sent = 0;
    bool has_trailers = false;
  };
  static ssize_t read_body(nghttp2_session*, std::int32_t, std::uint8_t* to, std::size_t room, std::uint32_t* flags,
                           nghttp2_data_source* source, void*) {
    Body& body = *static_cast<Body*>(source->ptr);
    const std::size_t n = body.bytes.copy(reinterpret_cast<char*>(to), room, body.sent);
    body.sent += n;
    if (body.sent == body.bytes.size()) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (body.has_trailers) *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    }
    return static_cast<ssize_t>(n);
  }
  static std::vector<nghttp2_nv> raw(const Fields& fields) {
    const auto bytes = [](const std::string& s) {
      return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(s.data()));
    };
    std::vector<nghttp2_nv> nv;
    for (const auto& [name, value] : fields)
      nv.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
    return nv;
  }

  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, Request> coming_;
  std::map<std::int32_t, Body> bodies_;
};

}  // namespace loadstone::http2
