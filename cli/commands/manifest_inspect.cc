#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/registry_settings.h"
#include "engine/manifest.h"

namespace minidock::cli {
namespace {

using Json = nlohmann::ordered_json;

// In docker's order.
Json to_json(const oci::Descriptor& descriptor) {
  Json out = {{"mediaType", descriptor.media_type}, {"digest", descriptor.digest.text()}, {"size", descriptor.size}};
  if (!descriptor.annotations.empty()) out["annotations"] = descriptor.annotations;
  if (descriptor.platform) {
    Json& platform = out["platform"];
    platform = {{"architecture", descriptor.platform->architecture}, {"os", descriptor.platform->os}};
    if (!descriptor.platform->variant.empty()) platform["variant"] = descriptor.platform->variant;
  }
  return out;
}

Json to_json(const engine::ShownManifest& manifest) {
  const bool is_docker = manifest.descriptor.media_type == oci::media::kDockerManifest;
  return {{"Ref", manifest.name},
          {"Descriptor", to_json(manifest.descriptor)},
          {"Raw", manifest.base64()},
          {is_docker ? "SchemaV2Manifest" : "OCIManifest", Json::parse(manifest.text)}};
}

class ManifestInspect : public Command {
 public:
  void declare(Options& options) override {
    options.flag("--insecure", insecure_);
    options.flag("-v,--verbose", verbose_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 2);
    if (operands.size() == 2) {
      // Docker looks into a list that `docker manifest create` has made on this machine; there is no such thing here.
      throw_error(ErrorKind::not_found, "No such manifest: ", printable(operands[0]));
    }
    engine::RegistrySettings settings = registry_settings(context.settings());
    if (insecure_) {
      const std::string name = oci::parse_reference(operands[0]).name;
      settings.insecure.push_back(name.substr(0, name.find('/')));
    }
    print_line(verbose_ ? all_about(settings, operands[0]) : as_it_is(settings, operands[0]));
    return 0;
  }

 private:
  static std::string as_it_is(const engine::RegistrySettings& settings, const std::string& name) {
    const engine::ShownManifest manifest = engine::show_manifest(settings, name);
    const Json text = Json::parse(manifest.text);
    return manifest.descriptor.is_index() ? text.dump(3) : text.dump(1, '\t');
  }

  static std::string all_about(const engine::RegistrySettings& settings, const std::string& name) {
    bool is_index = false;
    const std::vector<engine::ShownManifest> parts = engine::show_manifest_parts(settings, name, is_index);
    if (!is_index) return to_json(parts.at(0)).dump(1, '\t');
    Json list = Json::array();
    for (const engine::ShownManifest& part : parts) list.push_back(to_json(part));
    return list.dump(1, '\t');
  }

  bool insecure_ = false, verbose_ = false;
};

}  // namespace

std::unique_ptr<Command> make_manifest_inspect() {
  return std::make_unique<ManifestInspect>();
}

}  // namespace minidock::cli
