#include "cli/runtime/criu_options.h"
#include "cli/runtime/verbs.h"

namespace minidock::cli {
namespace {

class RuntimeCheckpoint : public Command {
 public:
  void declare(Options& options) override {
    criu_.declare(options);
    options.text("--parent-path", parent_);
    options.text("--page-server", page_server_);
    options.flag("--leave-running", leave_running_);
    options.flag("--pre-dump", pre_dump_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    RuntimeSettings& settings = context.runtime();
    runtime::CriuOptions& criu = criu_.take(settings);
    criu.parent = parent_;
    criu.page_server = page_server_;
    criu.leave_running = leave_running_;
    criu.pre_dump = pre_dump_;
    auto container = runtime::Container::load(settings.state_root(), operands[0]);
    runtime::checkpoint(container, criu);
    settings.warn(container.take_warnings());
    return 0;
  }

  // podman asks in this way whether it can save containers at all.
  int help_status(Context& context) override {
    runtime::require_criu(context.runtime().criu);
    return 0;
  }

 private:
  CriuArguments criu_;
  std::string parent_, page_server_;
  bool leave_running_ = false, pre_dump_ = false;
};

}  // namespace

void CriuArguments::declare(Options& options) {
  options.text("--image-path", criu_.images);
  options.text("--work-path", criu_.work);
  options.text("--manage-cgroups-mode", criu_.cgroups_mode);
  options.list("--empty-ns", criu_.empty_namespaces);
  options.flag("--tcp-established", criu_.tcp_established);
  options.flag("--ext-unix-sk", criu_.external_unix_sockets);
  options.flag("--shell-job", criu_.shell_job);
  options.flag("--file-locks", criu_.file_locks);
  options.flag("--auto-dedup", criu_.auto_dedup);
  options.flag("--lazy-pages", criu_.lazy_pages);
}

runtime::CriuOptions& CriuArguments::take(const RuntimeSettings& settings) {
  criu_.program = settings.criu;
  return criu_;
}

std::unique_ptr<Command> make_runtime_checkpoint() {
  return std::make_unique<RuntimeCheckpoint>();
}

}  // namespace minidock::cli
