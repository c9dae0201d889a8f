#include "cli/help.h"

#include "cli/commands/commands.h"
#include "cli/output.h"

namespace minidock::cli {
namespace {

class Help : public Command {
 public:
  void declare(Options& options) override { options.flag("--source", source_); }

  int execute(Context&, const Options&, const std::vector<std::string>& operands) override {
    if (operands.empty()) {
      print(overview_text(command_table()));
      return 0;
    }
    if (operands.size() == 1 && is_noun(operands[0])) {
      print(noun_text(command_table(), operands[0]));
      return 0;
    }
    size_t used = 0;
    const CommandEntry* entry = find_command(command_table(), operands, used);
    if (!entry || entry->summary.empty()) throw_unknown_command(command_table(), operands);
    const std::string_view page = man_text(entry->name);
    print(source_ ? std::string(page) : help_text(page));
    return 0;
  }

 private:
  bool source_ = false;  // the page's Markdown: what a man page is made from
};

}  // namespace

std::unique_ptr<Command> make_help() {
  return std::make_unique<Help>();
}

}  // namespace minidock::cli
