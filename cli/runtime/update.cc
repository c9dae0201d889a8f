#include <unistd.h>

#include <limits>

#include "base/file.h"
#include "cli/runtime/settings.h"
#include "cli/runtime/verbs.h"
#include "runtime/lifecycle/container.h"

namespace minidock::cli {
namespace {

constexpr size_t kResourcesLimit = 4 << 20;

int64_t parse_update_number(const std::string& text) {
  const auto number = parse_int(text);
  if (!number) throw_error(ErrorKind::invalid, "invalid number: '", printable(text), "'");
  return *number;
}

template <typename Number>
void set_number(std::optional<Number>& target, const std::string& text) {
  const int64_t number = parse_update_number(text);
  if (number < static_cast<int64_t>(std::numeric_limits<Number>::min()) ||
      (number > 0 && static_cast<uint64_t>(number) > static_cast<uint64_t>(std::numeric_limits<Number>::max())))
    throw_error(ErrorKind::invalid, "out of range: ", text);
  target = static_cast<Number>(number);
}

// "-1" lifts the limit; else bytes with a unit.
void set_bytes(std::optional<int64_t>& target, const std::string& text) {
  if (text == "-1") {
    target = -1;
    return;
  }
  target = parse_bytes(text);
  if (!target) throw_error(ErrorKind::invalid, "invalid size: '", printable(text), "'");
}

class RuntimeUpdate : public Command {
 public:
  void declare(Options& options) override {
    options.text("-r,--resources", file_);
    declare_memory(options);
    declare_cpu(options);
    options.each("--blkio-weight", [this](const std::string& text) { set_number(change_.blkio_weight, text); });
    options.each("--pids-limit", [this](const std::string& text) { set_number(change_.pids_limit, text); });
    options.text("--l3-cache-schema", cache_schema_);
    options.text("--mem-bw-schema", bandwidth_schema_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    if (!cache_schema_.empty() || !bandwidth_schema_.empty()) {
      throw_error(ErrorKind::unsupported,
                  "cannot update the cache or memory bandwidth schema: resctrl groups are not supported");
    }
    auto container = runtime::Container::load(context.runtime().state_root(), operands[0]);
    container.update(file_.empty() ? change_ : oci::parse_resources(read_resources()));
    return 0;
  }

 private:
  void declare_memory(Options& options) {
    options.each("--memory", [this](const std::string& text) { set_bytes(change_.memory_limit, text); });
    options.each("--memory-reservation",
                 [this](const std::string& text) { set_bytes(change_.memory_reservation, text); });
    options.each("--memory-swap", [this](const std::string& text) { set_bytes(change_.memory_swap, text); });
    // Obsolete: kernels of today have no such limits.
    options.each("--kernel-memory", [this](const std::string& text) { set_bytes(change_.memory_kernel, text); });
    options.each("--kernel-memory-tcp",
                 [this](const std::string& text) { set_bytes(change_.memory_kernel_tcp, text); });
  }

  void declare_cpu(Options& options) {
    options.each("--cpu-period", [this](const std::string& text) { set_number(change_.cpu_period, text); });
    options.each("--cpu-quota", [this](const std::string& text) { set_number(change_.cpu_quota, text); });
    options.each("--cpu-burst", [this](const std::string& text) { set_number(change_.cpu_burst, text); });
    options.each("--cpu-share", [this](const std::string& text) { set_number(change_.cpu_shares, text); });
    options.each("--cpu-rt-period", [this](const std::string& text) { set_number(change_.cpu_realtime_period, text); });
    options.each("--cpu-rt-runtime",
                 [this](const std::string& text) { set_number(change_.cpu_realtime_runtime, text); });
    options.each("--cpu-idle", [this](const std::string& text) { set_number(change_.cpu_idle, text); });
    options.text("--cpuset-cpus", change_.cpuset_cpus);
    options.text("--cpuset-mems", change_.cpuset_mems);
  }

  // As runc does: with a file, or "-" for standard input, the other options are not looked at.
  std::string read_resources() const {
    return file_ == "-" ? read_fd(STDIN_FILENO, kResourcesLimit) : read_file(AT_FDCWD, file_, kResourcesLimit);
  }

  oci::Resources change_;
  std::string file_, cache_schema_, bandwidth_schema_;
};

}  // namespace

std::unique_ptr<Command> make_runtime_update() {
  return std::make_unique<RuntimeUpdate>();
}

}  // namespace minidock::cli
