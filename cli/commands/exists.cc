// exists: for scripts. The status tells, and nothing is printed.
#include "cli/commands/commands.h"

namespace minidock::cli {
namespace {

class Exists : public Command {
 public:
  using Question = bool (*)(store::Store& store, const std::string& name);
  explicit Exists(Question question) : question_(question) {}

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    return question_(context.engine().store(), operands[0]) ? 0 : 1;
  }

 private:
  Question question_;
};

bool has_volume(store::Store& store, const std::string& name) {
  for (const store::VolumeRow& volume : store.list_volumes()) {
    if (volume.name == name) return true;
  }
  return false;
}

}  // namespace

std::unique_ptr<Command> make_container_exists() {
  return std::make_unique<Exists>(
      [](store::Store& store, const std::string& name) { return store.find_container(name).has_value(); });
}

std::unique_ptr<Command> make_image_exists() {
  return std::make_unique<Exists>(
      [](store::Store& store, const std::string& name) { return store.find_image(name).has_value(); });
}

std::unique_ptr<Command> make_volume_exists() {
  return std::make_unique<Exists>(has_volume);
}

}  // namespace minidock::cli
