// completion: the script for a shell; __complete: what that script asks.
#include <algorithm>

#include "base/file.h"
#include "cli/commands/commands.h"
#include "cli/completion/complete.h"
#include "cli/output.h"
#include "cli/view/human.h"
#include "embedded/complete_bash.h"
#include "embedded/complete_fish.h"
#include "embedded/complete_zsh.h"

namespace minidock::cli {
namespace {

using Words = std::vector<std::string>;
using engine::ContainerState;

bool fits(Kind kind, const engine::ContainerView& view) {
  switch (kind) {
    case Kind::up_container:
      return view.is_up();
    case Kind::running_container:
      return view.state == ContainerState::running;
    case Kind::paused_container:
      return view.state == ContainerState::paused;
    case Kind::stopped_container:
      return !view.is_up();
    default:
      return true;
  }
}

void add_containers(engine::Engine& engine, Kind kind, const std::string& typed, std::vector<Candidate>& out) {
  for (const engine::ContainerView& view : engine.list()) {
    if (!fits(kind, view)) continue;
    const std::string about = cat(view.row.image_reference, ", ", view.status(now()));
    out.push_back({view.row.name, about});
    // By its ID only where one was begun.
    if (!typed.empty() && view.row.id.starts_with(typed)) out.push_back({short_id(view.row.id), view.row.name});
  }
}

void add_images(engine::Engine& engine, const std::string& typed, std::vector<Candidate>& out) {
  for (const store::ImageRow& image : engine.store().list_images()) {
    for (const std::string& tag : image.tags) {
      out.push_back({oci::parse_reference(tag).familiar(), short_size(image.size)});
    }
    const std::string id = short_id(image.id.text());
    if (!typed.empty() && id.starts_with(typed)) out.push_back({id, image.tags.empty() ? "<none>" : image.tags[0]});
  }
}

// Nothing to offer where the store cannot be read, and none is made for a look.
std::vector<Candidate> live_names(Context& context, Kind kind, const std::string& typed) {
  std::vector<Candidate> out;
  try {
    if (!exists_at(AT_FDCWD, context.location().root + "/minidock.db")) return out;
    engine::Engine& engine = context.engine();
    if (kind == Kind::volume) {
      for (const store::VolumeRow& volume : engine.store().list_volumes()) {
        out.push_back({volume.name, volume.anonymous ? "anonymous" : ""});
      }
    }
    if (kind != Kind::volume && kind != Kind::image) add_containers(engine, kind, typed, out);
    if (kind == Kind::image || kind == Kind::object) add_images(engine, typed, out);
  } catch (const Error&) {
  }
  return out;
}

// The store that the command line at the prompt names.
GlobalOptions globals_of(const Words& words) {
  GlobalOptions globals;
  for (size_t i = 0; i < words.size() && words[i].starts_with('-'); ++i) {
    for (const std::string name : {"--root", "--run-root", "--config-file"}) {
      std::string value;
      if (words[i] == name && i + 1 < words.size()) value = words[++i];
      if (words[i].starts_with(name + "=")) value = words[i].substr(name.size() + 1);
      if (value.empty()) continue;
      (name == "--config-file" ? globals.config_file : globals.settings[name]) = value;
    }
  }
  return globals;
}

class Complete : public Command {
 public:
  void declare(Options& options) override { options.end_at_first_operand(); }

  int execute(Context& context, const Options&, const Words& operands) override {
    const Words words = operands.empty() ? Words{""} : operands;
    const GlobalOptions globals = globals_of(words);
    Context other(globals);
    Context& chosen = globals.settings.empty() && globals.config_file.empty() ? context : other;
    const LiveNames live = [&](Kind kind, const std::string& typed) { return live_names(chosen, kind, typed); };
    print(completion_text(complete(command_table(), words, live), words.back()));
    return 0;
  }
};

class CompletionScript : public Command {
 public:
  int execute(Context&, const Options& options, const Words& operands) override {
    require_operands(options, operands, 1, 1);
    if (operands[0] == "bash") {
      print(embedded::complete_bash());
    } else if (operands[0] == "zsh") {
      print(embedded::complete_zsh());
    } else if (operands[0] == "fish") {
      print(embedded::complete_fish());
    } else {
      throw_error(ErrorKind::invalid, "no completion for shell ", printable(operands[0]),
                  ": there is one for bash, zsh and fish");
    }
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_complete() {
  return std::make_unique<Complete>();
}
std::unique_ptr<Command> make_completion() {
  return std::make_unique<CompletionScript>();
}

}  // namespace minidock::cli
