#include "runtime/start_failure.h"

#include "base/text.h"

namespace minidock::runtime {

StartFailure failure_of(init::Report report, std::string_view what) {
  report.step[sizeof report.step - 1] = report.detail[sizeof report.detail - 1] = 0;
  const std::string detail = printable(report.detail);
  // A refused command is the user's own word and needs no step before it.
  const bool about_command = report.exit_code != 125 && !detail.empty();
  const std::string cause = detail.empty() ? errno_text(report.error_number) : detail;
  const std::string step = report.number == 1 ? "" : cat(printable(report.step), ": ");
  const std::string message = about_command ? cause : cat(what, ": ", step, cause);
  return {kind_of_errno(report.error_number), message, report.error_number, report.exit_code, report.step};
}

}  // namespace minidock::runtime
