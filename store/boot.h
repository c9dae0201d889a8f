// RUN belongs to one boot. RUN/boot holds the boot id it was made for; where that differs from the kernel's, everything
// in RUN is stale: even its database may be torn, because nothing there is ever synced.
#pragma once

#include <functional>
#include <string>

namespace minidock::store {

// True if RUN is this boot's: one small read.
bool is_run_root_current(int run_root, const std::string& boot_id);

// Empties RUN, calls `fill` (which makes its contents anew) and then writes RUN/boot, all under RUN/boot.lock; does
// nothing if another process was faster. A crash before the last write leaves RUN stale, so it is done again.
void renew_run_root(int run_root, const std::string& boot_id, const std::function<void()>& fill);

}  // namespace minidock::store
