// export: a container's root file system as a tar.
#include "base/file.h"
#include "engine/container_tree.h"
#include "engine/events.h"
#include "store/archive/tree_archive.h"

namespace minidock::engine {

void Engine::export_files(std::string_view name_or_id, int fd) {
  const ContainerView view = load(name_or_id);
  const ContainerTree tree = ContainerTree::open_root(*this, view.row.id);
  store::TarWriter writer([fd](std::string_view bytes) { write_all(fd, bytes); });
  store::TreeArchive(writer, {}).add_below(tree.root());
  writer.finish();
  record_container_event(store_, view.row, view.config(), "export");
}

}  // namespace minidock::engine
