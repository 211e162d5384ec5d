// The functions behind the table of formats, one file each.
#pragma once

#include "report/report.h"

namespace loadstone::report {

[[nodiscard]] Status render_text(const Source& source, const Style& style, std::ostream& out);
[[nodiscard]] Status render_summary(const Source& source, const Style& style, std::ostream& out);
[[nodiscard]] Status render_json(const Source& source, const Style& style, std::ostream& out);
[[nodiscard]] Status render_hlog(const Source& source, const Style& style, std::ostream& out);
[[nodiscard]] Status render_markdown(const Source& source, const Style& style, std::ostream& out);
[[nodiscard]] Status render_csv(const Source& source, const Style& style, std::ostream& out);
[[nodiscard]] Status render_html(const Source& source, const Style& style, std::ostream& out);
[[nodiscard]] Status render_openmetrics(const Source& source, const Style& style, std::ostream& out);
[[nodiscard]] Status render_bencher(const Source& source, const Style& style, std::ostream& out);
[[nodiscard]] Status render_benchmark_action(const Source& source, const Style& style, std::ostream& out);
[[nodiscard]] Status render_junit(const Source& source, const Style& style, std::ostream& out);

}  // namespace loadstone::report
