// Cleaning up: after makers that died (their leases), and of whatever else no row and no live lease accounts for.
#pragma once

#include <string>
#include <vector>

#include "store/state.h"

namespace minidock::store {

// Does the cleaning of each dead lease among `entries`, a listing of ROOT/tmp. Never throws for what it cannot clean:
// that stays for the next command. True if the listing asks for a whole sweep (the garbage mark of check()).
bool recover(Rooms& rooms, const std::vector<std::string>& entries);

// Cleans what one lease names and drops it: files that a row claims stay. No-op for a lease that holds nothing.
// Returns bytes freed.
uint64_t recover(Rooms& rooms, Lease lease);

// A thing below the store that neither a row nor a live lease accounts for.
struct Garbage {
  enum class Place {
    blob,
    layer,
    layer_form,
    kept_blob,
    image,
    image_mount,
    container,
    run_directory,
    live_mark,
    volume,
    signatures,
    tmp,
    name
  };
  Place place = Place::tmp;
  std::string entry;  // its name in the place's directory (for `name`: the container name; of what is in a layer's:
                      // "<diffID>/diff")
  std::string path() const;  // "layers/…", relative to ROOT or RUN; for `name` the name
  bool is_below_run() const {
    return place == Place::run_directory || place == Place::live_mark || place == Place::image_mount;
  }
  bool is_below_root() const { return !is_below_run() && place != Place::name; }
};
// race: directories are listed first, then leases, then rows. Whoever makes a thing does so in the order lease, thing,
// row, end of lease: so whatever was listed and then has neither lease nor row is nobody's.
std::vector<Garbage> find_garbage(Rooms& rooms);

}  // namespace minidock::store
