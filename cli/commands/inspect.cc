#include "cli/format/inspect.h"
#include "cli/commands/commands.h"
#include "cli/each.h"
#include "cli/errors.h"
#include "cli/output.h"
#include "cli/view/container_json.h"
#include "cli/view/image_json.h"

namespace minidock::cli {
namespace {

enum class Objects { any, containers, images };

class Inspect : public Command {
 public:
  explicit Inspect(Objects objects) : objects_(objects) {}

  void declare(Options& options) override {
    options.text("-f,--format", format_);
    if (objects_ == Objects::any) {
      options.each("--type", [this](const std::string& text) {
        if (text != "container" && text != "image") {
          throw_error(ErrorKind::invalid, "\"", printable(text), "\" is not a valid value: use container or image");
        }
        objects_ = text == "image" ? Objects::images : Objects::containers;
      });
    }
    if (objects_ != Objects::images) options.flag("-s,--size", sizes_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 0);
    std::vector<Json> found;
    std::vector<std::string> failures;
    for (const std::string& name : operands) {
      try {
        found.push_back(find(context.engine(), name));
      } catch (const Error& error) {
        failures.push_back(error_line(error));
      }
    }
    // What was found comes first, then what was not: docker's order, so that `[]` shows for nothing.
    if (!found.empty() || format_.empty()) print(format::inspect_text(format_, found));
    flush_output();
    for (const std::string& failure : failures) print_error(failure);
    return failures.empty() ? 0 : 1;
  }

 private:
  Json find(engine::Engine& engine, const std::string& name) const {
    if (objects_ != Objects::images) {
      if (engine.store().find_container(name)) return container_json(engine.load(name), engine, {sizes_});
    }
    if (objects_ != Objects::containers) {
      if (const auto image = find_image(engine, name)) return image_json(*image, engine);
    }
    const char* kind = objects_ == Objects::any ? "object" : objects_ == Objects::images ? "image" : "container";
    throw_error(ErrorKind::not_found, "No such ", kind, ": ", printable(name));
  }

  // What cannot be an image's name is no image; an ambiguous ID stays an error.
  static std::optional<store::ImageRow> find_image(engine::Engine& engine, const std::string& name) {
    try {
      return engine.store().find_image(name);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::invalid || is_hex(name)) throw;
      return std::nullopt;
    }
  }

  Objects objects_;
  std::string format_;
  bool sizes_ = false;
};

}  // namespace

std::unique_ptr<Command> make_inspect() {
  return std::make_unique<Inspect>(Objects::any);
}
std::unique_ptr<Command> make_container_inspect() {
  return std::make_unique<Inspect>(Objects::containers);
}
std::unique_ptr<Command> make_image_inspect() {
  return std::make_unique<Inspect>(Objects::images);
}

}  // namespace minidock::cli
