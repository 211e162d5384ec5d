// A draft of a suite: what could be learnt from a URL, a recording, a description or a command, before it is written as
// YAML.
//
// Every text that becomes a value of the suite is kept as the suite has it: '$' doubled where it would begin a
// variable, and secrets as ${NAME}. Pure values; nothing here reads or writes a file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/scenario.h"

namespace loadstone::draft {

inline constexpr std::size_t kMaxNotes = 40;  // of a draft; what is over it is counted

enum class BodyForm : std::uint8_t {
  kNone,
  kText,  // `body:`
  kJson,  // `json:`, a value in YAML's flow style
  kFile,  // `body_file:`, a path
};

struct Body {
  BodyForm form = BodyForm::kNone;
  std::string text;
  friend bool operator==(const Body&, const Body&) = default;
};

struct Request {
  std::string method = "GET";
  std::string target;  // path and query
  std::string name;    // empty: METHOD /path
  std::vector<scenario::Header> headers;
  Body body;
  std::string check;               // "status == 200"; empty: the suite's own rule
  int weight = 1;                  // how often it was seen
  bool is_live = true;             // otherwise it stands in the suite as a comment
  std::vector<std::string> notes;  // comments above it
};

// Something the environment must give before the suite runs.
struct Variable {
  std::string name;
  std::string meaning;  // "the header Cookie"
};

// A body too long or too strange to stand in the suite.
struct BodyFile {
  std::string name;  // relative to the suite
  std::string bytes;
};

struct Draft {
  std::string origin;  // what it was made from, for the first line: "the HAR file shop.har"
  std::string suite;
  std::string target;  // scheme, host, port and perhaps a path before all others
  std::string scenario;
  bool is_websocket = false;  // then the one request is the path to open
  bool insecure = false;
  std::string version, unix_socket, connect_to, timeout, connect_timeout;  // empty: not set
  std::vector<Request> requests;
  std::vector<Variable> variables;
  std::vector<BodyFile> files;
  std::vector<std::string> notes;  // for the head of the suite: what was left out, and why
  std::size_t more_notes = 0;

  void note(std::string text) {
    if (notes.size() < kMaxNotes)
      notes.push_back(std::move(text));
    else
      ++more_notes;
  }
};

// What whoever asks for a draft chose.
struct Choices {
  std::string name = {};         // of the source, for the first line; without a folder
  std::string body_prefix = {};  // of the names of body files: "shop" gives shop.body-1.json
  std::string origin = {};       // of a HAR file: the one whose requests are wanted; empty for the most frequent
  std::string target = {};       // in place of the source's own; empty for that
  bool all = false;              // of an OpenAPI document: operations that write, and those whose path is made up, too
};

}  // namespace loadstone::draft
