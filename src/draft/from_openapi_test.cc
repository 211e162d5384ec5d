#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "draft/draft_for_test.h"
#include "draft/openapi_schema.h"

namespace loadstone::draft {
namespace {

using testing::HasSubstr;

std::string sample(std::string_view schema, bool* is_given = nullptr) {
  const config::Source source("schema", format("root: {}", schema));
  config::Diagnostics problems;
  const auto document = config::parse(source, problems);
  EXPECT_TRUE(document) << problems.text();
  const SchemaSamples samples(*document);
  const auto made = samples.of_schema(&document->find("root")->value);
  if (is_given != nullptr) *is_given = made.is_given;
  return config::to_json(made.value, problems);
}

TEST(OpenApiSchema, TakesWhatTheDocumentGives) {
  bool is_given = false;
  EXPECT_EQ(sample("{type: string, example: 12}", &is_given), "\"12\"");
  EXPECT_TRUE(is_given);
  EXPECT_EQ(sample("{type: integer, default: 7, minimum: 1}"), "7");
  EXPECT_EQ(sample("{enum: [b, a]}"), "\"b\"");
  EXPECT_EQ(sample("{const: x}"), "\"x\"");
  EXPECT_EQ(sample("{examples: [{a: 1}]}"), "{\"a\":1}");
}

TEST(OpenApiSchema, MakesUpTheLeastThatWillDo) {
  bool is_given = true;
  EXPECT_EQ(sample("{type: string}", &is_given), "\"text\"");
  EXPECT_FALSE(is_given);
  EXPECT_EQ(sample("{type: string, minLength: 6}"), "\"textxx\"");
  EXPECT_EQ(sample("{type: string, maxLength: 2}"), "\"te\"");
  EXPECT_EQ(sample("{type: string, format: uuid}"), "\"00000000-0000-4000-8000-000000000001\"");
  EXPECT_EQ(sample("{type: integer}"), "1");
  EXPECT_EQ(sample("{type: integer, minimum: 5, exclusiveMinimum: true}"), "6");
  EXPECT_EQ(sample("{type: integer, exclusiveMinimum: 5}"), "6");
  EXPECT_EQ(sample("{type: integer, minimum: 5, multipleOf: 4}"), "8");
  EXPECT_EQ(sample("{type: integer, maximum: -3}"), "-3");
  EXPECT_EQ(sample("{type: number, maximum: 0.25}"), "0.25");
  EXPECT_EQ(sample("{type: ['null', boolean]}"), "true");
  EXPECT_EQ(sample("{type: array, minItems: 2, items: {type: integer}}"), "[1,1]");
  EXPECT_EQ(sample("{type: object, required: [b], properties: {a: {type: integer}, b: {type: integer}}}"), "{\"b\":1}");
  EXPECT_EQ(sample("{oneOf: [{type: 'null'}, {type: integer}]}"), "1");
  EXPECT_EQ(
      sample("{allOf: [{required: [a], properties: {a: {const: 1}}}, {required: [b], properties: {b: {const: 2}}}]}"),
      "{\"a\":1,\"b\":2}");
}

TEST(OpenApiSchema, CirclesEnd) {
  EXPECT_EQ(sample("{$ref: '#/root'}"), "\"text\"");
  EXPECT_EQ(sample("{type: object, properties: {next: {$ref: '#/root'}}}"), "{}");
  EXPECT_EQ(sample("{type: object, required: [next], properties: {next: {$ref: '#/root'}}}"), "null");
  EXPECT_EQ(sample("{allOf: [{$ref: '#/root'}]}"), "null");
  EXPECT_EQ(sample("{anyOf: [{$ref: '#/root'}]}"), "null");
  // Twenty items of twenty items of ... : more than anybody wants.
  EXPECT_EQ(sample("{type: array, minItems: 20, items: {$ref: '#/root'}}"), "null");
}

std::string document(std::string_view paths, std::string_view head = "servers: [{url: 'http://h:1/base/'}]") {
  return format("openapi: 3.1.0\n{}\npaths:\n{}", head, paths);
}

TEST(FromOpenApi, ServersAndTargets) {
  const std::string_view one = "  /a: {get: {responses: {}}}\n";
  EXPECT_EQ(drafted(document(one)).draft->target, "http://h:1/base");
  EXPECT_EQ(drafted(document(one), {}, {.target = "http://t:2"}).draft->target, "http://t:2");
  EXPECT_EQ(drafted(document(one, "servers: [{url: /v1}]"), {}, {.target = "http://t:2"}).draft->target,
            "http://t:2/v1");
  EXPECT_THAT(drafted(document(one, "servers: [{url: /v1}]")).problems,
              HasSubstr("input:2:17: error: the server '/v1' is relative"));
  EXPECT_THAT(drafted(document(one, "info: {}")).problems, HasSubstr("give --target http://HOST:PORT"));
}

TEST(FromOpenApi, WritesOnlyWhenAsked) {
  const std::string text = document("  /a:\n    get: {}\n    delete: {}\n");
  const Drafted careful = drafted(text);
  auto suite = loaded(careful);
  ASSERT_TRUE(suite.suite) << suite.problems;
  EXPECT_EQ(std::get<scenario::HttpLoad>(suite.suite->scenarios[0].kind).requests.size(), 1U);
  EXPECT_THAT(careful.suite, HasSubstr("        # - DELETE /a\n"));
  suite = loaded(drafted(text, {}, {.all = true}));
  ASSERT_TRUE(suite.suite) << suite.problems;
  EXPECT_EQ(std::get<scenario::HttpLoad>(suite.suite->scenarios[0].kind).requests.size(), 2U);
  EXPECT_THAT(drafted(document("  /a: {delete: {}}\n")).problems,
              HasSubstr("no GET or HEAD whose path is known; --all"));
}

TEST(FromOpenApi, ApiKeysBecomeVariablesWhereverTheyGo) {
  const Drafted d =
      drafted(document("  /a: {get: {}}\n",
                       "servers: [{url: 'http://h'}]\nsecurity: [{q: [], h: []}]\ncomponents: {securitySchemes: "
                       "{q: {type: apiKey, in: query, name: key}, h: {type: apiKey, in: header, name: X-Door}}}"));
  const auto suite = loaded(d);
  ASSERT_TRUE(suite.suite) << suite.problems << d.suite;
  const auto& r = std::get<scenario::HttpLoad>(suite.suite->scenarios[0].kind).requests.at(0);
  EXPECT_EQ(r.target, "/a?key=value-of-KEY");
  EXPECT_EQ(r.headers.at(0).value, "value-of-X_DOOR");
}

TEST(FromOpenApi, SaysWhereAMistakeIs) {
  EXPECT_THAT(drafted("openapi: 2.0\npaths: {}\n").problems,
              HasSubstr("input:1:10: error: expected an OpenAPI document of"));
  EXPECT_THAT(drafted("openapi: 3.0.0\npaths: []\n").problems, HasSubstr("input:2:8: error: expected `paths`"));
  EXPECT_THAT(drafted("openapi: 3.0.0\n").problems, HasSubstr("input:1:1: error: expected `paths`"));
}

}  // namespace
}  // namespace loadstone::draft
