#include "runtime/start_failure.h"

#include "base/text.h"

namespace minidock::runtime {

StartFailure failure_of(init::Report report, std::string_view what) {
  report.step[sizeof report.step - 1] = report.detail[sizeof report.detail - 1] = 0;
  const std::string detail = printable(report.detail);
  // A refused command, a failed hook and a user who is not there are the user's own words and need no step before them.
  const bool names_it = report.exit_code != 125 || detail.starts_with("unable to find ");
  const bool tells_all = names_it && !detail.empty();
  const std::string cause = detail.empty() ? errno_text(report.error_number) : detail;
  const std::string message = tells_all ? cause : cat(what, ": ", printable(report.step), ": ", cause);
  return {kind_of_errno(report.error_number), message, report.error_number, report.exit_code, report.step};
}

}  // namespace minidock::runtime
