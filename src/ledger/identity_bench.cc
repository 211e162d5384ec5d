// What it costs to find out which message a received one is.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "base/check.h"
#include "ledger/identity.h"

namespace loadstone::ledger {
namespace {

// 200 bytes as services send them, with the id and the time at the end, or a larger one with much before them.
std::string json(std::size_t number, std::size_t size = 200) {
  const std::string end = R"(,"at":1700000000250,"id":")" + std::to_string(1'000'000 + number) + "\"}";
  std::string text =
      R"({"type":"node.changed","node":{"path":"src/engine/run.cc","kind":"file","tags":["a","b"]},"text":")";
  text.append(size - text.size() - end.size() - 1, 'x');
  return text + '"' + end;
}

std::string with_header(std::size_t number, std::size_t size = 200) {
  std::string text = json(number, size);
  encode({.run = 1, .publisher = 2, .sequence = number, .due = {}}, text.data() + text.size() - kHeaderBytes - 60);
  return text;
}

void find_header_in(benchmark::State& state) {
  const std::string message = with_header(1, static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    const HeaderFound found = find_header(message);
    benchmark::DoNotOptimize(found);
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(find_header_in)->Arg(200)->Arg(64 << 10);

void find_pointer_in(benchmark::State& state) {
  const std::string message = json(1, static_cast<std::size_t>(state.range(0)));
  const JsonPointer pointer = JsonPointer::parse("/id").value();
  std::string scratch;
  for (auto _ : state) {
    const auto found = pointer.find(message, scratch);
    benchmark::DoNotOptimize(found);
  }
  CHECK(pointer.find(message, scratch) == "1000001");
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(find_pointer_in)->Arg(200)->Arg(64 << 10);

// Messages in turn, each `clients` times: with one, none is remembered when it comes.
void find_identity(benchmark::State& state, Identity::How how, const char* expression, const char* time) {
  std::vector<std::string> messages;
  for (std::size_t i = 0; i < 1000; ++i) messages.push_back(how == Identity::How::kHeader ? with_header(i) : json(i));
  Identity identity = Identity::make(how, expression, time).value();
  std::int64_t clients = 0;
  std::size_t number = 0;
  for (auto _ : state) {
    const Found found = identity.find(messages[number]);
    benchmark::DoNotOptimize(found);
    if (++clients == state.range(0)) {
      clients = 0;
      number = (number + 1) % messages.size();
    }
  }
  CHECK(identity.find(messages[number]).kind == Found::Kind::kFound);
}
BENCHMARK_CAPTURE(find_identity, header, Identity::How::kHeader, "", "")->Arg(1)->Arg(1000);
BENCHMARK_CAPTURE(find_identity, pointer, Identity::How::kPointer, "/id", "")->Arg(1)->Arg(1000);
BENCHMARK_CAPTURE(find_identity, pointer_and_time, Identity::How::kPointer, "/id", "/at")->Arg(1)->Arg(1000);
BENCHMARK_CAPTURE(find_identity, pattern, Identity::How::kPattern, R"re("id":"(\d+)")re", "")->Arg(1)->Arg(1000);

}  // namespace
}  // namespace loadstone::ledger
