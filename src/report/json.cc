#include "report/renders.h"
#include "result/document.h"

namespace loadstone::report {

Status render_json(const Source& source, const Style& /*style*/, std::ostream& out) {
  out << result::write_document(source.result);
  return {};
}

}  // namespace loadstone::report
