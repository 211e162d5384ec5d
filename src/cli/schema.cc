#include "cli/schema.h"

#include "base/format.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "result/document.h"
#include "scenario/schema.h"

namespace loadstone::cli {

int schema(Console& console, Arguments arguments) {
  Flags flags("schema", "[suite|result]",
              "Prints the JSON Schema of suite files (for editors and for programs that write suites), or of results.");
  std::vector<std::string> of;
  flags.positionals(of, "WHAT", "suite (unless given) or result");
  Usage usage = flags.parse(arguments);
  const std::string what = of.empty() ? "suite" : of.front();
  if (usage.help.empty() && (of.size() > 1 || (what != "suite" && what != "result")))
    usage.mistakes.push_back(format("there is a schema of suite and of result, not of '{}'", of.back()));
  if (!usage.help.empty() || !usage.mistakes.empty()) return answer(console, usage);
  console.out << (what == "suite" ? scenario::suite_schema() : result::document_schema());
  return kExitMet;
}

}  // namespace loadstone::cli
