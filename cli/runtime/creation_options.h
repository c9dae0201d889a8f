// The options that create, run and restore share.
#pragma once

#include <functional>
#include <optional>

#include "cli/command.h"
#include "cli/runtime/settings.h"
#include "runtime/lifecycle/container.h"

namespace minidock::cli {

class CreationOptions {
 public:
  void declare(Options& options);
  // With what the environment hands over (LISTEN_FDS, NOTIFY_SOCKET). Throws invalid for descriptors that are not open.
  runtime::CreateOptions take(const RuntimeSettings& settings) const;

 private:
  std::string bundle_, pid_file_, console_socket_, pidfd_socket_;
  std::optional<int64_t> preserved_fds_;
  bool no_pivot_ = false, no_new_keyring_ = false;
};

// For --debug: logs the steps, and the flags of the filter by their number. Empty without --debug.
std::function<void(const runtime::Plan&)> plan_log(const RuntimeSettings& settings);

// --preserve-fds. Throws invalid for a number out of range, and unless that many descriptors from 3 on are open.
int preserved_descriptor_count(std::optional<int64_t> given);

}  // namespace minidock::cli
