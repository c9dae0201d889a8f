// The options that checkpoint and restore share.
#pragma once

#include "cli/options/options.h"
#include "cli/runtime/settings.h"
#include "runtime/lifecycle/criu.h"

namespace minidock::cli {

class CriuArguments {
 public:
  void declare(Options& options);
  runtime::CriuOptions& take(const RuntimeSettings& settings);

 private:
  runtime::CriuOptions criu_;
};

}  // namespace minidock::cli
