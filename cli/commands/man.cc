// __man DIRECTORY: the man pages as files. The build calls it.
#include "base/file.h"
#include "cli/commands/commands.h"
#include "cli/help.h"
#include "cli/man_page.h"

namespace minidock::cli {
namespace {

class Man : public Command {
 public:
  int execute(Context&, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    ensure_dirs(operands[0], 0755);
    const auto write = [&](std::string_view name, const std::string& text) {
      write_file(AT_FDCWD, cat(operands[0], "/", name, ".1"), text, 0644);
    };
    write("minidock", main_man_page(command_table()));
    for (const CommandEntry& entry : command_table()) {
      if (entry.summary.empty()) continue;
      const std::string name = man_page_name(entry.name);
      write(name, man_page(name, entry.summary, entry.aliases, man_text(entry.name)));
    }
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_man() {
  return std::make_unique<Man>();
}

}  // namespace minidock::cli
