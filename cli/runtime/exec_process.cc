#include "cli/runtime/exec_process.h"

#include <fcntl.h>

#include <limits>

#include "base/error.h"
#include "base/file.h"
#include "runtime/lifecycle/exec.h"

namespace minidock::cli {
namespace {

std::optional<uint32_t> parse_id(std::string_view text) {
  const auto number = parse_int(text);
  if (!number || *number < 0 || *number > std::numeric_limits<int32_t>::max()) return std::nullopt;
  return static_cast<uint32_t>(*number);
}

}  // namespace

void set_exec_user(oci::User& user, const std::string& text) {
  user = {};
  const size_t colon = text.find(':');
  const auto uid = parse_id(text.substr(0, colon));
  const auto gid = colon == std::string::npos ? std::optional<uint32_t>(0) : parse_id(text.substr(colon + 1));
  if (uid && gid) {
    user.uid = *uid;
    user.gid = *gid;
  } else {
    user.lookup = text;
  }
}

void ExecProcess::declare(Options& options) {
  options.text("-p,--process", file_);
  options.text("--cwd", cwd_);
  options.text("-u,--user", user_);
  options.list("-g,--additional-gids", groups_);
  options.list("-e,--env", environment_);
  options.flag("-t,--tty", terminal_);
  options.list("-c,--cap", capabilities_);
  options.text("--apparmor", apparmor_);
  options.text("--process-label", label_);
  options.flag("--no-new-privs", no_new_privileges_);
}

oci::Process ExecProcess::make(const oci::Process& configured, const std::vector<std::string>& command) const {
  if (!file_.empty()) {
    if (!command.empty()) throw_error(ErrorKind::invalid, "give either --process or a command, not both");
    oci::Process process = oci::parse_process(read_file(AT_FDCWD, file_));
    process.terminal = process.terminal || terminal_;
    return process;
  }
  if (command.empty()) throw_error(ErrorKind::invalid, "process args cannot be empty: give a command or --process");
  oci::Process process = configured;
  process.args = command;
  process.terminal = terminal_;
  process.env.insert(process.env.end(), environment_.begin(), environment_.end());
  if (!cwd_.empty()) process.cwd = cwd_;
  if (!user_.empty()) set_exec_user(process.user, user_);
  for (const std::string& text : groups_) {
    const auto gid = parse_id(text);
    if (!gid) throw_error(ErrorKind::invalid, "--additional-gids: ", printable(text), " is no group number");
    process.user.additional_gids.push_back(*gid);
  }
  runtime::grant_capabilities(process.capabilities, capabilities_);
  if (!apparmor_.empty()) process.apparmor_profile = apparmor_;
  if (!label_.empty()) process.selinux_label = label_;
  process.no_new_privileges = process.no_new_privileges || no_new_privileges_;
  return process;
}

}  // namespace minidock::cli
