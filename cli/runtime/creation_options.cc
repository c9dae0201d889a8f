#include "cli/runtime/creation_options.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include "base/error.h"
#include "base/text.h"
#include "runtime/plan.h"

namespace minidock::cli {
namespace {

constexpr int64_t kMostDescriptors = 4096;

int listen_descriptors() {
  const char* text = std::getenv("LISTEN_FDS");
  const auto count = text ? parse_int(text) : std::nullopt;
  return count && *count > 0 && *count < kMostDescriptors ? static_cast<int>(*count) : 0;
}

void require_open_descriptors(int count) {
  for (int fd = 3; fd < 3 + count; ++fd) {
    if (fcntl(fd, F_GETFD) < 0) {
      throw_error(ErrorKind::invalid, "please check that preserved-fds' fd ", fd,
                  " exists: the caller must leave it open");
    }
  }
}

}  // namespace

void CreationOptions::declare(Options& options) {
  options.text("-b,--bundle", bundle_);
  options.text("--pid-file", pid_file_);
  options.text("--console-socket", console_socket_);
  options.text("--pidfd-socket", pidfd_socket_);
  options.number("--preserve-fds", preserved_fds_);
  options.flag("--no-pivot", no_pivot_);
  options.flag("--no-new-keyring", no_new_keyring_);
}

runtime::CreateOptions CreationOptions::take(const RuntimeSettings& settings) const {
  runtime::CreateOptions out;
  out.bundle = bundle_;
  out.pid_file = pid_file_;
  out.console_socket = console_socket_;
  out.pidfd_socket = pidfd_socket_;
  out.preserved_fds = preserved_descriptor_count(preserved_fds_);
  out.listen_fds = listen_descriptors();
  require_open_descriptors(out.preserved_fds + out.listen_fds);
  const char* notify = std::getenv("NOTIFY_SOCKET");
  out.notify_socket = notify ? notify : "";
  out.no_pivot = no_pivot_;
  out.new_keyring = !no_new_keyring_;
  out.systemd_cgroup = settings.systemd_cgroup;
  out.cache_directory = settings.cache_directory();
  out.on_plan = plan_log(settings);
  return out;
}

std::function<void(const runtime::Plan&)> plan_log(const RuntimeSettings& settings) {
  if (!settings.debug) return nullptr;
  return [&settings](const runtime::Plan& plan) {
    settings.log_debug(runtime::explain(plan));
    for (const runtime::Step& step : plan.steps) {
      if (step.op == runtime::Op::seccomp) settings.log_debug(cat("seccomp filter flags: ", step.numbers.at(0)));
    }
  };
}

int preserved_descriptor_count(std::optional<int64_t> given) {
  const int64_t count = given.value_or(0);
  if (count < 0 || count > kMostDescriptors)
    throw_error(ErrorKind::invalid, "--preserve-fds ", count, ": use a number from 0 to ", kMostDescriptors);
  require_open_descriptors(static_cast<int>(count));
  return static_cast<int>(count);
}

}  // namespace minidock::cli
