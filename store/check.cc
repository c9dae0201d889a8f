#include "store/check.h"

#include <sys/stat.h>

#include "base/file.h"
#include "store/container_rows.h"
#include "store/image_files.h"
#include "store/image_rows.h"
#include "store/kept_blobs.h"
#include "store/names.h"
#include "store/rebuild.h"
#include "store/signatures.h"
#include "store/sweep.h"

namespace minidock::store {

namespace {
enum class Expected { file, directory };

bool is_there(int dir, const std::string& path, Expected expected) {
  struct stat info;
  if (fstatat(dir, path.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return false;
  return expected == Expected::file ? S_ISREG(info.st_mode) : S_ISDIR(info.st_mode);
}

std::vector<std::string> column(Database& database, std::string_view sql) {
  std::vector<std::string> texts;
  Statement query = database.prepare(sql);
  while (query.step()) texts.push_back(query.text(0));
  return texts;
}

void add_orphan_row(std::vector<Problem>& problems, const std::string& object, const std::string& missing) {
  problems.push_back({"orphan row", object, missing + " is missing", false});
}

void check_layer(Rooms& rooms, const LayerRow& layer, std::vector<Problem>& problems) {
  const std::string hex = layer.diff_id.hex();
  const std::string object = "layer " + layer.diff_id.text();
  struct stat info;
  if (fstatat(rooms.root(), blob_path(hex).c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    add_orphan_row(problems, object, blob_path(hex));
  } else if (static_cast<uint64_t>(info.st_size) != layer.blob_size) {
    problems.push_back({"damaged blob", blob_path(hex),
                        cat("has ", static_cast<uint64_t>(info.st_size), " bytes, should have ", layer.blob_size),
                        false});
  }
  const bool unpacked = layer_form(rooms.driver()) == LayerForm::directory;
  const std::string files = cat(layer_path(hex), "/", unpacked ? "diff" : kTreeFile);
  if (!is_there(rooms.root(), files, unpacked ? Expected::directory : Expected::file)) {
    add_orphan_row(problems, object, files);
  }
  const std::string index = cat(layer_path(hex), "/", kIndexFile);
  if (!is_there(rooms.root(), index, Expected::file)) add_orphan_row(problems, object, index);
}

void check_container(Rooms& rooms, const ContainerRow& row, std::vector<Problem>& problems) {
  const std::string object = cat("container ", row.name, " (", row.id.substr(0, 12), ")");
  for (const char* part : {"/upper", "/work"}) {
    const std::string path = container_path(row.id) + part;
    if (!is_there(rooms.root(), path, Expected::directory)) add_orphan_row(problems, object, path);
  }
  if (!find_image_row(rooms.root_database(), row.image.hex()))
    add_orphan_row(problems, object, "image " + row.image.text());
  Statement name = rooms.run_database().prepare("SELECT 1 FROM names WHERE name = ?1 AND container = ?2");
  if (!name.bind(1, row.name).bind(2, row.id).step()) {
    problems.push_back(
        {"unreserved name", row.name, cat("another container may take it from ", row.id.substr(0, 12)), false});
  }
}

const char* describe(const Garbage& garbage) {
  switch (garbage.place) {
    case Garbage::Place::name:
      return "no container has this name";
    case Garbage::Place::tmp:
      return "no command at work needs it";
    default:
      return "no row of the database needs it";
  }
}

// `mend` has it that none of `found` is so any more.
template <typename Mend>
void repair(std::vector<Problem>& found, Mend mend) {
  try {
    mend();
    for (Problem& problem : found) problem.repaired = true;
  } catch (const Error& error) {
    for (Problem& problem : found) problem.detail += cat(" (not repaired: ", error.what(), ")");
  }
}

// Adds what `part` finds; what it cannot read is a finding too.
template <typename Part>
void run_part(const char* object, std::vector<Problem>& problems, Part part) {
  try {
    part();
  } catch (const Error& error) {
    problems.push_back({"unreadable", object, error.what(), false});
  }
}
}  // namespace

void check_layers(Rooms& rooms, const CheckOptions& options, std::vector<Problem>& problems) {
  Database& database = rooms.root_database();
  for (const std::string& hex : column(database, "SELECT diff_id FROM layers ORDER BY diff_id")) {
    const std::optional<LayerRow> layer = find_layer_row(database, hex);
    if (!layer) continue;
    std::vector<Problem> found;
    check_layer(rooms, *layer, found);
    if (found.empty() && options.deep) check_layer_content(rooms, hex, found);
    // race: a layer that was removed while we looked is no finding.
    if (found.empty() || !find_layer_row(database, hex)) continue;
    if (options.repair) repair(found, [&] { repair_layer(rooms, hex); });
    problems.insert(problems.end(), found.begin(), found.end());
  }
}

void check_containers(Rooms& rooms, std::vector<Problem>& problems) {
  for (const bool ephemeral : {false, true}) {
    Database& database = ephemeral ? rooms.run_database() : rooms.root_database();
    for (const ContainerRow& row : container_rows(database, ephemeral)) {
      std::vector<Problem> found;
      check_container(rooms, row, found);
      if (found.empty() || !find_container_row(database, row.id, ephemeral)) continue;
      problems.insert(problems.end(), found.begin(), found.end());
    }
  }
}

void check_volumes(Rooms& rooms, std::vector<Problem>& problems) {
  Database& database = rooms.root_database();
  for (const std::string& name : column(database, "SELECT name FROM volumes ORDER BY name")) {
    const std::string path = volume_path(name) + "/_data";
    if (is_there(rooms.root(), path, Expected::directory)) continue;
    Statement query = database.prepare("SELECT 1 FROM volumes WHERE name = ?1");
    if (query.bind(1, name).step()) add_orphan_row(problems, "volume " + name, path);
  }
}

void check_images(Rooms& rooms, const CheckOptions& options, std::vector<Problem>& problems) {
  Database& database = rooms.root_database();
  for (const std::string& id : image_ids(database)) {
    const std::optional<ImageRow> image = find_image_row(database, id);
    if (!image) continue;
    const std::string object = "image " + image->id.text();
    if (oci::image_id(image->config_json) != image->id) {
      problems.push_back({"damaged image", object, "its config does not have this SHA-256", false});
    } else if (oci::parse_image_config(image->config_json).diff_ids != image->layers) {
      problems.push_back({"orphan row", object, "its layers are not those that its config lists", false});
    } else if (options.deep && rooms.driver() == StorageDriver::erofs) {
      std::vector<Problem> found;
      check_image_content(rooms, *image, found);
      if (!found.empty() && options.repair) repair(found, [&] { replace_image_file(rooms, *image); });
      problems.insert(problems.end(), found.begin(), found.end());
    }
  }
}

void check_database(Database& database, const std::string& name, std::vector<Problem>& problems) {
  for (const std::string& line : column(database, "PRAGMA integrity_check(20)")) {
    if (line != "ok") problems.push_back({"damaged database", name, line, false});
  }
  Statement query = database.prepare("PRAGMA foreign_key_check");
  while (query.step()) {
    problems.push_back({"orphan row", cat("table ", query.text(0)), cat("points to no row of ", query.text(2)), false});
  }
}

std::vector<Problem> Store::check(const CheckOptions& options) {
  std::vector<Problem> problems;
  Rooms& rooms = *state_;
  run_part("minidock.db", problems,
           [&] { check_database(rooms.root_database(), location().root + "/minidock.db", problems); });
  run_part("minidock.db", problems,
           [&] { check_database(rooms.run_database(), location().run_root + "/minidock.db", problems); });
  run_part("layers", problems, [&] { check_layers(rooms, options, problems); });
  run_part("kept blobs", problems, [&] { check_kept_blobs(rooms, options, problems); });
  run_part("images", problems, [&] { check_images(rooms, options, problems); });
  run_part("signatures", problems, [&] { check_signatures(rooms, problems); });
  run_part("containers", problems, [&] { check_containers(rooms, problems); });
  run_part("volumes", problems, [&] { check_volumes(rooms, problems); });
  run_part("garbage", problems, [&] {
    const std::vector<Garbage> found = find_garbage(rooms);
    for (const Garbage& garbage : found) {
      const bool is_name = garbage.place == Garbage::Place::name;
      problems.push_back({is_name ? "stale name" : "orphan file", printable(garbage.path()), describe(garbage), true});
    }
    if (!found.empty()) write_file(rooms.tmp(), kGarbageMark, "");  // the next Store::open() sweeps
  });
  return problems;
}

}  // namespace minidock::store
