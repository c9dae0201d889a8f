// The process that `exec` starts: the container's own with what the options change, or a whole one from a file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options/options.h"
#include "oci/spec.h"

namespace minidock::cli {

class ExecProcess {
 public:
  void declare(Options& options);
  // `configured` is the container's; `command` the words after its ID. Throws invalid for --process beside a command,
  // and for none of both.
  oci::Process make(const oci::Process& configured, const std::vector<std::string>& command) const;

 private:
  std::string file_, cwd_, user_, label_, apparmor_;
  std::vector<std::string> environment_, capabilities_, groups_;
  bool terminal_ = false, no_new_privileges_ = false;
};

// "1000", "1000:100": numbers; a name is looked up in the container's own passwd.
void set_exec_user(oci::User& user, const std::string& text);

}  // namespace minidock::cli
