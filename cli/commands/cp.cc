#include <unistd.h>

#include "base/file.h"
#include "cli/commands/commands.h"
#include "cli/errors.h"
#include "cli/terminal.h"

namespace minidock::cli {
namespace {

// "CONTAINER:PATH", or a path of the host: one with a slash or dot in front is never a container's.
struct Side {
  std::string container, path;
};

Side parse_side(const std::string& word) {
  const size_t colon = word.find(':');
  if (word.starts_with('/') || word.starts_with('.') || colon == std::string::npos) return {"", word};
  return {word.substr(0, colon), word.substr(colon + 1)};
}

// Absolute, its end as it was given: "/" and "/." there mean something.
std::string host_path(const std::string& path) {
  return path == "-" ? path : path == "." ? absolute_path("") + "/." : absolute_path(path);
}

std::string container_path(const std::string& path) {
  return path.starts_with('/') ? path : cat("/", path);
}

class Copy : public Command {
 public:
  void declare(Options& options) override {
    options.flag("-a,--archive", copy_.archive);
    options.flag("-L,--follow-link", copy_.follow_link);
    options.flag("-q,--quiet", quiet_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 2, 2);
    if (operands[0].empty()) throw_error(ErrorKind::invalid, "source can not be empty");
    if (operands[1].empty()) throw_error(ErrorKind::invalid, "destination can not be empty");
    const Side from = parse_side(operands[0]);
    const Side to = parse_side(operands[1]);
    if (!from.container.empty() && !to.container.empty()) {
      throw_error(ErrorKind::invalid, "copying between containers is not supported");
    }
    if (from.container.empty() && to.container.empty()) {
      throw_error(ErrorKind::invalid, "must specify at least one container source");
    }
    if ((from.container.empty() ? to : from).path.empty()) {
      throw_error(ErrorKind::invalid, "bad parameter: path cannot be empty");
    }
    engine::Engine& engine = context.engine();
    const uint64_t bytes = to.container.empty()
                               ? engine.copy_out(from.container, container_path(from.path), host_path(to.path), copy_)
                               : engine.copy_in(to.container, host_path(from.path), container_path(to.path), copy_);
    if (!quiet_ && is_terminal(STDOUT_FILENO) && to.path != "-") {
      print_error(cat("Successfully copied ", human_size(bytes), " to ", operands[1]));
    }
    return 0;
  }

 private:
  engine::Engine::CopyOptions copy_;
  bool quiet_ = false;
};

}  // namespace

std::unique_ptr<Command> make_cp() {
  return std::make_unique<Copy>();
}

}  // namespace minidock::cli
