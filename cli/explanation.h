// What --explain prints of a start.
#pragma once

#include <functional>

#include "cli/context.h"
#include "runtime/plan.h"

namespace minidock::cli {

// For CreateOptions::explain: the store's driver and each step, with their reasons, on standard error. `context` is
// borrowed and must outlive it.
std::function<void(const runtime::Plan&)> explain_start(Context& context);

}  // namespace minidock::cli
