// RUN belongs to one boot and to one store. RUN/boot says which: "<boot id> <store id>". Of another boot, everything in
// RUN is stale: even its database may be torn, because nothing there is ever synced. Of another store, it is not
// ours to touch, and neither is ROOT while another RUN is in use with it: each would take the other's things for
// garbage.
#pragma once

#include <functional>
#include <string>

namespace minidock::store {

struct Owner {
  std::string boot_id;
  std::string store_id;  // ROOT/id
  bool operator==(const Owner&) const = default;
};

// The random digits in ROOT/id, made there once.
std::string ensure_store_id(int root);

// True if RUN is this boot's and this store's: one small read. Throws conflict if it is in use for another store.
bool is_run_root_current(int run_root, const std::string& path, const Owner& owner);

// Empties RUN, calls `fill` (which makes its contents anew), notes RUN's `path` in ROOT/run and writes RUN/boot, all
// under RUN/boot.lock; does nothing if another process was faster. A crash before the last write leaves RUN stale, so
// it is done again. Throws conflict while another RUN is in use with this store.
void renew_run_root(int root, int run_root, const std::string& path, const Owner& owner,
                    const std::function<void()>& fill);

}  // namespace minidock::store
