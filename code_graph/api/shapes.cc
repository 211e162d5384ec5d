#include "code_graph/api/shapes.h"

#include <charconv>

namespace code_graph::api {
namespace {

std::uint32_t line_count(const Snapshot& s, NodeIndex n) {
  return s.type(n) == graph::NodeType::kModule ? s.file(n).lines : s.end_line(n) - s.line(n) + 1;
}

// Text made in parts and written as one string. One per thread, so nothing is allocated per edge.
std::string& scratch() {
  thread_local std::string text;
  text.clear();
  return text;
}

void append_number(std::string& out, std::uint32_t value) {
  char digits[12];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void write_edge_id(JsonWriter& json, const Snapshot& s, const graph::Edge& e) {
  std::string& id = scratch();
  s.append_edge_id(id, e);
  json.field("id", id);
}

void write_docstring(JsonWriter& json, const Snapshot& s, NodeIndex n) {
  const std::string_view text = s.docstring(n);
  json.key("docstring");
  if (text.empty()) {
    json.null();
  } else {
    json.string(text);
  }
}

}  // namespace

void write_n1(JsonWriter& json, const Snapshot& s, NodeIndex n, Metadata metadata) {
  // Written by hand, not member by member: this is most of what search and traverse do.
  std::string& out = scratch();
  const auto text = [&](std::string_view value) { JsonWriter::append_json_string(out, value); };
  out += R"({"id":)";
  text(s.id(n));
  out += R"(,"name":)";
  text(s.name(n));
  out += R"(,"type":")";
  out += graph::name_of(s.type(n));
  out += R"(","language":")";
  out += graph::name_of(s.language(n));
  out += R"(","file_path":)";
  text(s.file(n).path);
  out += R"(,"start_line":)";
  append_number(out, s.line(n));
  out += R"(,"end_line":)";
  append_number(out, s.end_line(n));
  out += R"(,"complexity":)";
  append_number(out, s.complexity(n));
  out += R"(,"metadata":{"line_count":)";
  append_number(out, line_count(s, n));
  if (metadata == Metadata::kWhole) {
    out += R"(,"docstring":)";
    if (s.docstring(n).empty()) {
      out += "null";
    } else {
      text(s.docstring(n));
    }
  }
  thread_local std::string key;
  key.assign(graph::id_prefix_of(s.type(n)));
  key += ':';
  key += s.file(n).path;
  if (s.type(n) != graph::NodeType::kModule) {
    key += ':';
    s.append_qualified_name(key, n);
  }
  out += R"(,"key":)";
  text(key);
  if (s.kind(n) != graph::NodeKind::kPlain) {
    out += R"(,"kind":")";
    out += graph::name_of(s.kind(n));
    out += '"';
  }
  if (s.parent(n) != graph::kNoIndex) {
    out += R"(,"parent":)";
    text(s.id(s.parent(n)));
  }
  out += "}}";
  json.raw(out);
}

void write_n2(JsonWriter& json, const Snapshot& s, NodeIndex n, bool with_metadata) {
  json.begin_object();
  json.field("id", s.id(n));
  json.field("name", s.name(n));
  json.field("type", graph::name_of(s.type(n)));
  json.field("language", graph::name_of(s.language(n)));
  json.field("complexity", s.complexity(n));
  json.field("file", s.file(n).path);
  json.field("line", s.line(n));
  if (with_metadata) {
    json.key("metadata");
    json.begin_object();
    write_docstring(json, s, n);
    json.field("line_count", line_count(s, n));
    json.field("end_line", s.end_line(n));
    json.end_object();
  }
  json.end_object();
}

void write_n3(JsonWriter& json, const Snapshot& s, NodeIndex n, std::uint32_t in_degree, std::uint32_t out_degree) {
  const std::string_view type = graph::name_of(s.type(n));
  json.begin_object();
  json.field("id", s.id(n));
  json.field("name", s.name(n));
  json.field("node_type", type);
  json.field("type", type);
  json.field("language", graph::name_of(s.language(n)));
  json.field("complexity", s.complexity(n));
  json.field("file", s.file(n).path);
  json.field("line", s.line(n));
  json.key("location");
  json.begin_object();
  json.field("file_path", s.file(n).path);
  json.field("start_line", s.line(n));
  json.field("end_line", s.end_line(n));
  json.end_object();
  json.key("metadata");
  json.begin_object();
  json.field("in_degree", in_degree);
  json.field("out_degree", out_degree);
  json.end_object();
  json.end_object();
}

void write_n4(JsonWriter& json, const Snapshot& s, NodeIndex n) {
  json.begin_object();
  json.field("id", s.id(n));
  json.field("name", s.name(n));
  json.field("type", graph::name_of(s.type(n)));
  json.field("language", graph::name_of(s.language(n)));
  json.field("file_path", s.file(n).path);
  json.field("line", s.line(n));
  json.field("complexity", s.complexity(n));
  json.end_object();
}

void write_edge_metadata(JsonWriter& json, const graph::Edge& e, const graph::SeamEvidence* evidence) {
  json.key("metadata");
  std::string& out = scratch();
  out += '{';
  if (e.type != graph::EdgeType::kContains) {
    out += R"("line":)";
    append_number(out, e.line);
    out += R"(,"confidence":)";
    if (e.confidence_percent >= 100) {
      out += '1';
    } else {
      out += "0.";
      out += static_cast<char>('0' + e.confidence_percent / 10);
      if (e.confidence_percent % 10 != 0) out += static_cast<char>('0' + e.confidence_percent % 10);
    }
    out += R"(,"resolution":")";
    out += graph::name_of(e.resolution);
    out += '"';
  }
  if (evidence != nullptr) {
    out += R"(,"mechanism":)";
    JsonWriter::append_json_string(out, evidence->mechanism);
    out += R"(,"evidence":)";
    JsonWriter::append_json_string(out, evidence->evidence);
  }
  out += '}';
  json.raw(out);
}

void write_e1_members(JsonWriter& json, const Snapshot& s, const graph::Edge& e, const graph::SeamEvidence* evidence) {
  write_edge_id(json, s, e);
  json.field("source_id", s.id(e.source));
  json.field("target_id", s.id(e.target));
  json.field("type", graph::name_of(e.type));
  json.field("is_seam", e.type == graph::EdgeType::kSeam);
  write_edge_metadata(json, e, evidence);
}

void write_e1(JsonWriter& json, const Snapshot& s, EdgeIndex e) {
  json.begin_object();
  write_e1_members(json, s, s.edge(e), s.seam_evidence(e));
  json.end_object();
}

void write_e2(JsonWriter& json, const Snapshot& s, const graph::Edge& e) {
  json.begin_object();
  json.field("source", s.id(e.source));
  json.field("target", s.id(e.target));
  json.field("type", graph::name_of(e.type));
  json.field("isSeam", e.type == graph::EdgeType::kSeam);
  json.end_object();
}

void write_e3(JsonWriter& json, const Snapshot& s, const graph::Edge& e) {
  json.begin_object();
  write_edge_id(json, s, e);
  json.field("source", s.id(e.source));
  json.field("target", s.id(e.target));
  json.field("type", graph::name_of(e.type));
  json.end_object();
}

}  // namespace code_graph::api
