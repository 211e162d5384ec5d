#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/format.h"
#include "scenario/load_parts.h"

namespace loadstone::scenario {
namespace {

// A file that can be read, relative to the suite's folder. What is in it is checked where it is used.
std::optional<std::string> read_file_name(Fields& fields, std::string_view key, const std::string& folder) {
  const auto text = fields.text(key);
  if (!text) return std::nullopt;
  std::string path = (std::filesystem::path(folder) / *text).string();
  std::string problem;
  if (text->empty() || text->find('\0') != std::string::npos)
    problem = "expected the name of a file";
  else if (::access(path.c_str(), R_OK) != 0)
    problem = format("{}: {}", path, std::error_code(errno, std::generic_category()).message());
  if (problem.empty()) return path;
  fields.problems().error(fields.find(key)->value.span, format("{}: {}", key, problem));
  return std::nullopt;
}

}  // namespace

TlsChoices read_tls(Fields& fields, const std::string& folder) {
  TlsChoices tls;
  tls.insecure = fields.boolean("insecure");
  const config::Entry* entry = fields.entry("tls");
  if (entry == nullptr) return tls;
  config::Diagnostics& problems = fields.problems();
  Fields own(entry->value, "tls", problems);
  const auto insecure = own.boolean("insecure");
  if (insecure && tls.insecure)
    problems.error(own.find("insecure")->key_span, "insecure is said twice: in tls and beside it");
  if (insecure) tls.insecure = insecure;
  tls.ca = read_file_name(own, "ca", folder);
  tls.crl = read_file_name(own, "crl", folder);
  tls.cert = read_file_name(own, "cert", folder);
  tls.key = read_file_name(own, "key", folder);
  tls.server_name = own.value<std::string>("server_name", parse_server_name);
  tls.min_version = own.value<TlsVersion>("min_version", parse_tls_version);
  tls.max_version = own.value<TlsVersion>("max_version", parse_tls_version);
  tls.resume = own.boolean("resume");
  if (own.find("key") != nullptr && own.find("cert") == nullptr)
    problems.error(own.find("key")->key_span, "key needs a cert: the certificate that it belongs to");
  if (tls.min_version && tls.max_version && *tls.min_version > *tls.max_version)
    problems.error(own.find("max_version")->value.span, "max_version is below min_version");
  own.finish();
  return tls;
}

}  // namespace loadstone::scenario
