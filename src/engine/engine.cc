#include "engine/engine.h"

#include "base/text.h"
#include "engine/waiting.h"

namespace minidock::engine {

Engine::Engine(Location location) : store_(store::Store::open(location)) {
  store_.use_survivors([run_root = store_.location().run_root](const std::string& id) {
    const auto run = monitor::find_run_state(cat(run_root, "/containers/", id));
    return run && find_running_process(*run);
  });
}

void Engine::tag_image(std::string_view name_or_id, const oci::Reference& reference) {
  const oci::ImageId image = store_.load_image(name_or_id).id;
  // security: a name that a rule is about is as good as an import under it.
  require_trusted_names(trust_, store_, image, {reference}, {},
                        "give it one by `minidock image sign`, with --key or --signature");
  store_.tag_image(image, reference);
}

}  // namespace minidock::engine
