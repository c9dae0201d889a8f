#include "cli/commands/commands.h"
#include "cli/each.h"
#include "cli/errors.h"
#include "cli/options/quantities.h"

namespace minidock::cli {
namespace {

class Update : public Command {
 public:
  void declare(Options& options) override {
    oci::Resources& resources = change_.resources;
    set(options, "-m,--memory", [&](const std::string& text) { resources.memory_limit = parse_size(text); });
    set(options, "--memory-swap", [&](const std::string& text) { resources.memory_swap = parse_swap_size(text); });
    set(options, "--memory-reservation",
        [&](const std::string& text) { resources.memory_reservation = parse_size(text); });
    set(options, "--cpus", [this](const std::string& text) { change_.nano_cpus = parse_nano_cpus(text); });
    set(options, "-c,--cpu-shares", [&](const std::string& text) { resources.cpu_shares = count(text); });
    set(options, "--cpu-period", [&](const std::string& text) { resources.cpu_period = count(text); });
    set(options, "--cpu-quota", [&](const std::string& text) { resources.cpu_quota = number(text); });
    set(options, "--cpuset-cpus", [&](const std::string& text) { resources.cpuset_cpus = text; });
    set(options, "--cpuset-mems", [&](const std::string& text) { resources.cpuset_mems = text; });
    set(options, "--pids-limit", [&](const std::string& text) { resources.pids_limit = number(text); });
    set(options, "--blkio-weight", [&](const std::string& text) { resources.blkio_weight = block_weight(text); });
    options.refuse("--restart", true, "the policy of a container is the one that it was made with");
    options.refuse("--cpu-rt-period", true, "real-time scheduling is not built yet");
    options.refuse("--cpu-rt-runtime", true, "real-time scheduling is not built yet");
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 0);
    if (!given_) throw_error(ErrorKind::invalid, "you must provide one or more flags when using this command");
    engine::Engine& engine = context.engine();
    std::vector<std::string> warnings;
    const int status = for_each_named(operands, [&](const std::string& name) {
      for (std::string& warning : engine.update(name, change_)) warnings.push_back(std::move(warning));
    });
    for (const std::string& warning : warnings) print_warning(warning);
    return status;
  }

 private:
  template <typename Apply>
  void set(Options& options, const std::string& names, Apply apply) {
    options.each(names, [this, apply](const std::string& text) {
      apply(text);
      given_ = true;
    });
  }

  static int64_t number(const std::string& text) {
    const auto value = parse_int(text);
    if (!value) throw_error(ErrorKind::invalid, "strconv.ParseInt: parsing \"", printable(text), "\": invalid syntax");
    return *value;
  }

  static uint64_t count(const std::string& text) {
    const int64_t value = number(text);
    if (value < 0) throw_error(ErrorKind::invalid, "it is below 0");
    return static_cast<uint64_t>(value);
  }

  static uint16_t block_weight(const std::string& text) {
    const int64_t value = number(text);
    const bool in_range = value == 0 || (value >= 10 && value <= 1000);
    if (!in_range) throw_error(ErrorKind::invalid, "range of blkio weight is from 10 to 1000");
    return static_cast<uint16_t>(value);
  }

  engine::LimitsUpdate change_;
  bool given_ = false;
};

}  // namespace

std::unique_ptr<Command> make_update() {
  return std::make_unique<Update>();
}

}  // namespace minidock::cli
