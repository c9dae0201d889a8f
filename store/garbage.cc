#include <set>

#include "base/file.h"
#include "store/image_files.h"
#include "store/kept_blobs.h"
#include "store/live_marks.h"
#include "store/names.h"
#include "store/rebuild.h"
#include "store/sweep.h"

namespace minidock::store {

namespace {
using Place = Garbage::Place;
using Names = std::set<std::string>;
using Entries = std::vector<std::string>;

const char* directory_of(Place place) {
  switch (place) {
    case Place::blob:
      return "blobs/sha256";
    case Place::layer:
    case Place::layer_form:
    case Place::kept_blob:
      return "layers";
    case Place::image:
    case Place::image_mount:
      return "images";
    case Place::container:
    case Place::run_directory:
      return "containers";
    case Place::live_mark:
      return kLiveDirectory;
    case Place::volume:
      return "volumes";
    case Place::signatures:
      return "signatures";
    default:
      return "tmp";
  }
}

constexpr Place kDirectories[] = {Place::blob,      Place::layer,       Place::layer_form, Place::kept_blob,
                                  Place::image,     Place::image_mount, Place::container,  Place::run_directory,
                                  Place::live_mark, Place::volume,      Place::signatures, Place::tmp};

int base_of(const Rooms& rooms, const Garbage& thing) {
  return thing.is_below_run() ? rooms.run_root() : rooms.root();
}

// Of the driver that the store does not have.
Entries list_other_forms(Rooms& rooms) {
  const bool unpacked = layer_form(rooms.driver()) == LayerForm::directory;
  Entries found;
  for (const std::string& layer : list_dir(rooms.root(), "layers")) {
    const std::string form = cat(layer, "/", form_name(unpacked ? LayerForm::tree : LayerForm::directory));
    if (exists_at(rooms.root(), "layers/" + form)) found.push_back(form);
  }
  return found;
}

Entries list_kept_blobs(Rooms& rooms) {
  Entries found;
  for (const std::string& layer : list_dir(rooms.root(), "layers")) {
    if (exists_at(rooms.root(), kept_path(layer))) found.push_back(cat(layer, "/", kKeptFile));
  }
  return found;
}

Entries list_place(Rooms& rooms, Place place) {
  if (place == Place::live_mark) return list_live_marks(rooms);
  if (place == Place::layer_form) return list_other_forms(rooms);
  if (place == Place::kept_blob) return list_kept_blobs(rooms);
  const int base = base_of(rooms, {place, ""});
  // Only the erofs driver has images, and only what is signed has signatures.
  if (!exists_at(base, directory_of(place))) return {};
  return list_dir(base, directory_of(place));
}

std::string layer_of(const Garbage& thing) {
  return thing.entry.substr(0, thing.entry.find('/'));
}

// The digits in an entry of "images".
std::string chain_of(const Garbage& thing) {
  constexpr std::string_view kEnding = ".erofs";
  std::string name = thing.entry;
  if (thing.place == Place::image && name.ends_with(kEnding)) name.resize(name.size() - kEnding.size());
  return name;
}

std::vector<Garbage> list_everything(Rooms& rooms) {
  std::vector<Garbage> found;
  for (const Place place : kDirectories) {
    for (std::string& entry : list_place(rooms, place)) found.push_back({place, std::move(entry)});
  }
  return found;
}

// What is accounted for, by kind.
struct Claims {
  Names layers, kept, images, image_ids, containers, volumes, tags;
  bool migrating = false;

  void add_leases(Rooms& rooms) {
    for (const std::string& file : list_dir(rooms.tmp())) {
      const std::optional<LeaseName> lease = parse_lease_name(file);
      if (!lease || !is_alive(rooms.tmp(), *lease)) continue;
      tags.insert(lease->tag);
      migrating = migrating || lease->kind == LeaseKind::migration;
      if (lease->kind == LeaseKind::layer) layers.insert(lease->subject), kept.insert(lease->subject);
      if (lease->kind == LeaseKind::image) images.insert(lease->subject);
      if (lease->kind == LeaseKind::signatures) image_ids.insert(lease->subject);
      if (lease->kind == LeaseKind::container) containers.insert(lease->subject);
      if (lease->kind == LeaseKind::volume) volumes.insert(lease->subject);
    }
  }

  void add_rows(Rooms& rooms) {
    add(layers, rooms.root_database(), "SELECT diff_id FROM layers");
    add(kept, rooms.root_database(), "SELECT layer FROM layer_forms WHERE repository = ''");
    if (rooms.driver() == StorageDriver::erofs) images.merge(image_chains(rooms.root_database()));
    add(image_ids, rooms.root_database(), "SELECT id FROM images");
    add(containers, rooms.root_database(), "SELECT id FROM containers");
    add(containers, rooms.run_database(), "SELECT id FROM containers");
    Statement query = rooms.root_database().prepare("SELECT name, owner FROM volumes");
    while (query.step()) {
      const std::string owner = query.text(1);
      if (owner.empty() || containers.count(owner) != 0) volumes.insert(query.text(0));
    }
  }

  bool covers(const Garbage& thing) const {
    switch (thing.place) {
      case Place::blob:
      case Place::layer:
        return layers.count(thing.entry) != 0;
      case Place::layer_form:
        return migrating;
      case Place::kept_blob:
        // Of a layer that is garbage as a whole nothing is said twice.
        return kept.count(layer_of(thing)) != 0 || layers.count(layer_of(thing)) == 0;
      case Place::image:
      case Place::image_mount:
        return images.count(chain_of(thing)) != 0;
      case Place::container:
      case Place::run_directory:
      case Place::live_mark:
        return containers.count(thing.entry) != 0;
      case Place::volume:
        return volumes.count(thing.entry) != 0;
      case Place::signatures:
        return image_ids.count(thing.entry) != 0;
      default:
        return thing.entry == kGarbageMark || tags.count(tag_of(thing.entry).value_or("")) != 0;
    }
  }

 private:
  static void add(Names& names, Database& database, std::string_view sql) {
    Statement query = database.prepare(sql);
    while (query.step()) names.insert(query.text(0));
  }
};

void add_stale_names(Rooms& rooms, std::vector<Garbage>& garbage) {
  std::vector<std::pair<std::string, std::string>> rows;
  {
    Statement query = rooms.run_database().prepare("SELECT name, container FROM names");
    while (query.step()) rows.emplace_back(query.text(0), query.text(1));
  }
  for (const auto& [name, id] : rows) {
    if (!is_name_held(rooms, name, id)) garbage.push_back({Place::name, name});
  }
}
}  // namespace

std::string Garbage::path() const {
  return place == Place::name ? entry : cat(directory_of(place), "/", entry);
}

std::vector<Garbage> find_garbage(Rooms& rooms) {
  std::vector<Garbage> garbage;
  const std::vector<Garbage> things = list_everything(rooms);
  Claims claims;
  claims.add_leases(rooms);
  claims.add_rows(rooms);
  for (const Garbage& thing : things) {
    // A removal that ended in between has taken its thing along.
    if (!claims.covers(thing) && exists_at(base_of(rooms, thing), thing.path())) garbage.push_back(thing);
  }
  add_stale_names(rooms, garbage);
  return garbage;
}

}  // namespace minidock::store
