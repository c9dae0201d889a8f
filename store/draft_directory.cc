#include "store/draft_directory.h"

#include "base/file.h"

namespace minidock::store {

DraftDirectory::DraftDirectory(Rooms& rooms, LeaseKind kind) : rooms_(rooms), lease_(Lease::create(rooms.tmp(), kind)) {
  make_dir(rooms.tmp(), lease_.draft(), 0700);
  directory_ = open_dir(rooms.tmp(), lease_.draft());
}

DraftDirectory::~DraftDirectory() {
  if (abandoned_) return;
  try {
    lease_.empty_trash();
    discard_tree(rooms_.tmp(), lease_.draft());
    lease_.drop();
  } catch (const Error&) {
    // The abandoned lease leaves it to the next command.
  }
}

Fd DraftDirectory::make_part(const std::string& name) {
  make_dir(directory_.get(), name, 0700);
  return open_dir(directory_.get(), name);
}

}  // namespace minidock::store
