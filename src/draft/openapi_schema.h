// Values that a schema of OpenAPI 3.0 or 3.1 (JSON Schema) allows: what the document gives as an example, else the
// least that will do. Pure; bounded whatever the schema refers to.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "draft/document.h"

namespace loadstone::draft {

class SchemaSamples {
 public:
  static constexpr int kMaxDepth = 24;             // of values within values, and of references to references
  static constexpr std::size_t kMaxValues = 2000;  // of one sample
  static constexpr std::size_t kMaxLength = 1000;  // that a minLength may ask for
  static constexpr std::size_t kMaxItems = 20;     // that a minItems may ask for

  // The document must outlive the samples.
  explicit SchemaSamples(const config::Node& document) : document_(document) {}

  // Follows $ref within the document ("#/components/..."), as often as need be. nullptr when it leads nowhere, in a
  // circle or out of the document.
  [[nodiscard]] const config::Node* resolve(const config::Node* node) const;

  struct Sample {
    config::Node value;
    bool is_given = false;  // by the document (an example, a default, an only choice), not made up here
  };
  // Of a parameter or a media type: its `example`, `examples`, or what its `schema` allows.
  [[nodiscard]] Sample of_carrier(const config::Node& carrier) const;
  [[nodiscard]] Sample of_schema(const config::Node* schema) const;

 private:
  struct Budget {
    std::size_t values = kMaxValues;
  };
  [[nodiscard]] std::optional<Sample> value(const config::Node* schema, int depth, Budget& budget) const;
  [[nodiscard]] std::optional<Sample> object(const config::Node& schema, int depth, Budget& budget) const;
  [[nodiscard]] std::optional<Sample> list(const config::Node& schema, int depth, Budget& budget) const;
  // The properties of the schema and of all that `allOf` puts together, the required ones and whether each could be
  // made.
  bool add_members(const config::Node& schema, int depth, Budget& budget, Sample& into) const;

  const config::Node& document_;
};

}  // namespace loadstone::draft
