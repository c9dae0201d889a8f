#include <sys/mman.h>
#include <sys/wait.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "cli/output.h"
#include "cli/runtime/process_table.h"
#include "cli/runtime/settings.h"
#include "cli/runtime/table.h"
#include "cli/runtime/verbs.h"
#include "runtime/lifecycle/container.h"
#include "runtime/lifecycle/host_program.h"

namespace minidock::cli {
namespace {

// All processes of the host as ps(1) lists them.
std::string ask_ps(const std::vector<std::string>& words) {
  const Fd output(memfd_create("ps", MFD_CLOEXEC));
  if (!output) throw_errno("make a memory file");
  const int status = runtime::run_program("ps", words, {.output = output.get()});
  lseek(output.get(), 0, SEEK_SET);
  const std::string text = read_fd(output.get(), 64 << 20);
  if (status == 0) return text;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
    throw_error(ErrorKind::unsupported, "options for ps need the program ps; install procps, or leave them out");
  throw_error(ErrorKind::invalid, "ps ", printable(join(words, " ")), " failed: ", printable(trim(text)));
}

class RuntimePs : public Command {
 public:
  void declare(Options& options) override {
    options.end_at_first_operand();
    options.text("-f,--format", format_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 0);
    require_table_or_json(format_);
    const auto container = runtime::Container::load(context.runtime().state_root(), operands[0]);
    const std::vector<pid_t> processes = container.processes();
    const std::vector<std::string> words(operands.begin() + 1, operands.end());
    print(format_ == "json" ? nlohmann::json(processes).dump() + "\n"
          : words.empty()   ? process_table(processes)
                            : lines_of_processes(ask_ps(words), processes));
    return 0;
  }

 private:
  std::string format_ = "table";
};

}  // namespace

std::unique_ptr<Command> make_runtime_ps() {
  return std::make_unique<RuntimePs>();
}

}  // namespace minidock::cli
