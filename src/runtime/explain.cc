#include "runtime/plan.h"

#include "base/text.h"

namespace minidock::runtime {

std::string explain(const Plan& plan) {
  std::string out;
  size_t number = 0;
  Stage stage = Stage::init;
  for (const Step& step : plan.steps) {
    if (number == 0 || step.stage != stage) {
      stage = step.stage;
      out += stage == Stage::monitor ? "on the host, in the monitor (the helper, executed again from a sealed memfd):\n"
                                     : "in the child, inside its new namespaces:\n";
    }
    out += cat(++number < 10  ? "  "
               : number < 100 ? " "
                              : "",
               number, "  ", printable(step.name), "\n       ", printable(step.why), "\n");
  }
  return out;
}

}  // namespace minidock::runtime
