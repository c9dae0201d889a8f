// What is done to volumes by their names.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "engine/engine.h"
#include "engine/volume_mounts.h"
#include "engine/volume_options.h"
#include "store/archive/placing.h"
#include "store/archive/tree_archive.h"
#include "store/names.h"
#include "store/volume_filling.h"

namespace minidock::engine {

std::string Engine::create_volume(const std::string& name, const std::map<std::string, std::string>& labels,
                                  const std::map<std::string, std::string>& options) {
  check_volume_options(name, options);
  return store_.create_volume(name, nlohmann::json(labels).dump(), to_json(options));
}

std::map<std::string, std::string> Engine::volume_options(const store::VolumeRow& volume) const {
  return parse_volume_options(volume.options_json);
}

void Engine::remove_volume(const std::string& name) {
  store::check_volume_name(name);
  const std::vector<std::string> users = volume_users(store_, name);
  if (!users.empty()) throw_error(ErrorKind::in_use, "volume is in use - [", join(users, ", "), "]");
  unmount_volume(store_, name);
  store_.remove_volume(name);
}

namespace {

// What a volume is while it is read or written to as a whole.
struct OpenVolume {
  VolumeHolds holds;
  Fd home, data;
};

OpenVolume open_volume(store::Store& store, const std::string& name) {
  store::check_volume_name(name);
  const auto rows = store.list_volumes();
  const bool known = std::any_of(rows.begin(), rows.end(), [&](const auto& row) { return row.name == name; });
  if (!known) throw_error(ErrorKind::not_found, "No such volume: ", printable(name));
  OpenVolume volume{hold_volume(store, name), open_dir(AT_FDCWD, store.volume_home(name)), {}};
  store::settle_filling(volume.home.get());
  volume.data = open_dir(AT_FDCWD, store.volume_directory(name));
  return volume;
}

}  // namespace

void Engine::export_volume(const std::string& name, int fd) {
  const OpenVolume volume = open_volume(store_, name);
  store::TarWriter writer([fd](std::string_view bytes) { write_all(fd, bytes); });
  store::TreeItem top = store::pinned_item(open_file(volume.data.get(), ".", O_PATH | O_DIRECTORY), ".");
  store::TreeArchive(writer, {.whole_seconds = false, .keep_holes = true}).add_item(top, ".");
  writer.finish();
}

void Engine::import_volume(const std::string& name, int fd) {
  const OpenVolume volume = open_volume(store_, name);
  const auto place = [fd](int directory) {
    store::PlaceRequest request;
    request.root = directory;
    request.whole = true;
    store::Placing placing(request);
    store::feed_archive(fd, [&placing](std::string_view bytes) { placing.feed(bytes); });
    placing.finish();
  };
  // What is mounted there has no directory beside it.
  if (volume.holds.empty() && store::fill_if_empty(volume.home.get(), place)) return;
  place(volume.data.get());
}

}  // namespace minidock::engine
