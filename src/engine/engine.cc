#include "engine/engine.h"

namespace minidock::engine {

Engine::Engine(Location location) : store_(store::Store::open(location)) {}

void Engine::tag_image(std::string_view name_or_id, const oci::Reference& reference) {
  const oci::ImageId image = store_.load_image(name_or_id).id;
  // security: a name that a rule is about is as good as an import under it.
  require_trusted_names(trust_, store_, image, {reference}, {},
                        "give it one by `minidock image sign`, with --key or --signature");
  store_.tag_image(image, reference);
}

}  // namespace minidock::engine
