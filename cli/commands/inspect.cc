#include "cli/format/inspect.h"
#include "cli/commands/commands.h"
#include "cli/each.h"
#include "cli/errors.h"
#include "cli/format/template.h"
#include "cli/output.h"
#include "cli/view/container_json.h"
#include "cli/view/image_json.h"
#include "cli/view/network_json.h"
#include "cli/view/volume_json.h"

namespace minidock::cli {
namespace {

enum class Objects { any, containers, images, volumes, networks };

class Inspect : public Command {
 public:
  explicit Inspect(Objects objects) : objects_(objects) {}

  void declare(Options& options) override {
    options.text("-f,--format", format_);
    if (objects_ == Objects::any) {
      options.each_of_engine("--type", [this](const std::string& text) {
        const std::map<std::string, Objects> kinds = {{"container", Objects::containers},
                                                      {"image", Objects::images},
                                                      {"network", Objects::networks},
                                                      {"volume", Objects::volumes}};
        const auto kind = kinds.find(text);
        if (kind == kinds.end()) {
          throw_error(ErrorKind::invalid, "unknown type: \"", printable(text),
                      "\": must be one of \"container\", \"image\", \"network\", \"volume\"");
        }
        objects_ = kind->second;
      });
    }
    if (objects_ == Objects::any || objects_ == Objects::containers) options.flag("-s,--size", sizes_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 0);
    if (!is_template_sound()) return kTemplateStatus;
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
  static constexpr int kTemplateStatus = 64;  // docker's alone: of inspect, for a template that cannot be parsed

  bool is_template_sound() const {
    try {
      if (format_ != "json") format::Template::parse(format_);
      return true;
    } catch (const Error& error) {
      print_error(error_line(error.with_context("template parsing error")));
      return false;
    }
  }

  Json find(engine::Engine& engine, const std::string& name) const {
    const auto wants = [this](Objects objects) { return objects_ == Objects::any || objects_ == objects; };
    if (name.empty()) throw_error(ErrorKind::invalid, "invalid container name or ID: value is empty");
    if (wants(Objects::containers)) {
      if (engine.store().find_container(name)) return container_json(engine.load(name), engine, {sizes_});
    }
    if (wants(Objects::images)) {
      if (const auto image = find_image(engine, name)) return image_json(*image, engine);
    }
    if (wants(Objects::volumes)) {
      if (const auto volume = find_volume(name, engine)) return volume_json(*volume, engine);
    }
    if (objects_ == Objects::networks) return network_json(engine::load_network(engine.store(), name), engine);
    if (objects_ == Objects::any) {
      if (const auto network = find_network(engine, name)) return network_json(*network, engine);
    }
    throw_error(ErrorKind::not_found, "No such ", kind(), ": ", printable(name));
  }

  static std::optional<engine::NetworkView> find_network(engine::Engine& engine, const std::string& name) {
    try {
      return engine::load_network(engine.store(), name);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found) throw;
      return std::nullopt;
    }
  }

  const char* kind() const {
    switch (objects_) {
      case Objects::containers:
        return "container";
      case Objects::images:
        return "image";
      case Objects::volumes:
        return "volume";
      case Objects::networks:
        return "network";
      case Objects::any:
        break;
    }
    return "object";
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
std::unique_ptr<Command> make_volume_inspect() {
  return std::make_unique<Inspect>(Objects::volumes);
}
std::unique_ptr<Command> make_network_inspect() {
  return std::make_unique<Inspect>(Objects::networks);
}
std::unique_ptr<Command> make_container_inspect() {
  return std::make_unique<Inspect>(Objects::containers);
}
std::unique_ptr<Command> make_image_inspect() {
  return std::make_unique<Inspect>(Objects::images);
}

}  // namespace minidock::cli
