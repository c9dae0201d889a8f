#include "cli/explanation.h"

#include "base/text.h"
#include "cli/output.h"

namespace minidock::cli {

std::function<void(const runtime::Plan&)> explain_start(Context& context) {
  return [&context](const runtime::Plan& plan) {
    const store::Store& store = context.engine().store();
    print_error(
        cat("the image is shown by the storage driver ", store.driver_name(), ":\n       ", store.driver_reason()));
    std::string steps = runtime::explain(plan);
    if (steps.ends_with('\n')) steps.pop_back();
    print_error(steps);
  };
}

}  // namespace minidock::cli
