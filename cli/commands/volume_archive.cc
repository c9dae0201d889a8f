// volume export and import: podman's verbs.
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "cli/commands/commands.h"
#include "cli/new_file.h"
#include "cli/view/volume_json.h"

namespace minidock::cli {
namespace {

void require_volume(const std::string& name, engine::Engine& engine) {
  if (!find_volume(name, engine)) throw_error(ErrorKind::not_found, "No such volume: ", printable(name));
}

class ExportVolume : public Command {
 public:
  void declare(Options& options) override { options.text("-o,--output", output_); }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    engine::Engine& engine = context.engine();
    if (output_.empty()) {
      refuse_terminal_output();
      engine.export_volume(operands[0], STDOUT_FILENO);
      return 0;
    }
    require_output_path(output_, "failed to export volume");
    require_volume(operands[0], engine);
    NewFile file(output_);
    engine.export_volume(operands[0], file.fd());
    file.keep();
    return 0;
  }

 private:
  std::string output_;
};

class ImportVolume : public Command {
 public:
  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 2);
    const std::string source = operands.size() == 2 ? operands[1] : "-";
    require_volume(operands[0], context.engine());
    const std::string shown =
        cat("import ", source == "-" ? "standard input" : printable(source), " into volume ", printable(operands[0]));
    try {
      Fd file;
      if (source != "-") file = open_file(AT_FDCWD, source, O_RDONLY);
      context.engine().import_volume(operands[0], source == "-" ? STDIN_FILENO : file.get());
    } catch (const Error& error) {
      throw error.with_context(shown);
    }
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_volume_export() {
  return std::make_unique<ExportVolume>();
}
std::unique_ptr<Command> make_volume_import() {
  return std::make_unique<ImportVolume>();
}

}  // namespace minidock::cli
