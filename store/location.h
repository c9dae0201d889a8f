// The two directories of a store: made with mode 0700, opened, and looked at for file systems that cannot hold one.
#pragma once

#include <string>

#include "base/fd.h"
#include "store/store.h"

namespace minidock::store {

constexpr const char* kDatabaseFile = "minidock.db";  // in both
constexpr const char* kBootLockFile = "boot.lock";    // in RUN

// Opens ROOT, making it and its parts where missing. Throws unsupported for overlayfs (an upper directory cannot lie
// on it) and for network file systems (their locks and rename are no ground for a store), naming what to do;
// invalid for a directory that holds something else.
// `driver`: see Location; throws conflict where the store was made with another.
Fd open_root(const std::string& root, const std::string& driver);

// Opens RUN, making it where missing; throws invalid as above. Its contents are the business of boot.h.
Fd open_run_root(const std::string& run_root);

}  // namespace minidock::store
