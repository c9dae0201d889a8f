// A directory ROOT/tmp/draft.<tag> under a lease, for what is made before it gets its place. It goes with the object,
// and what the lease has thrown away goes with it.
#pragma once

#include <string>

#include "store/leases.h"
#include "store/state.h"

namespace minidock::store {

class DraftDirectory {
 public:
  explicit DraftDirectory(Rooms& rooms, LeaseKind kind = LeaseKind::import);  // borrowed
  ~DraftDirectory();
  DraftDirectory(const DraftDirectory&) = delete;
  DraftDirectory& operator=(const DraftDirectory&) = delete;

  int fd() const { return directory_.get(); }
  Fd make_part(const std::string& name);  // a directory in it, empty
  Lease& lease() { return lease_; }
  void abandon() { abandoned_ = true; }  // stays, with its lease, for the next command to clean up

 private:
  Rooms& rooms_;
  Lease lease_;
  Fd directory_;
  bool abandoned_ = false;
};

}  // namespace minidock::store
