// An archive put into a tree that is in use: what cp does, on either side. The tar is read, and every name in it made,
// by a jailed child whose root is the tree's: wherever links of the archive, or of the tree, or of a process that
// changes the tree meanwhile, may lead, they lead to a place in it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/archive/jail.h"
#include "store/archive/pipe.h"

namespace minidock::store {

struct PlaceRequest {
  int root = -1;             // borrowed: becomes "/"
  int mount_namespace = -1;  // borrowed: the one that root is in; -1 ours
  std::string base;          // a directory below root: where the archive's names begin; "" is root
  struct Owner {
    uid_t uid = 0;
    gid_t gid = 0;
  };
  std::optional<Owner> owner;    // of all that is made; nullopt: as the archive says
  bool whole = false;            // the archive's own directory, ".", is root: that gets its owner, mode and times
  bool drop_privileges = false;  // files without set-user-ID and set-group-ID bits and capabilities
};

class Placing {
 public:
  explicit Placing(const PlaceRequest& request);

  // The next bytes of an uncompressed tar. Throws what the child had to say when it reads no more.
  void feed(std::string_view tar);
  void finish();  // throws what went wrong; returns when everything is in place

 private:
  void collect();

  BlockedSigpipe blocked_;
  Pipe tar_, report_;
  JailedChild child_;
};

// The tar in `fd` (borrowed), plain or compressed, for feed(). Throws invalid for what is no archive.
void feed_archive(int fd, const std::function<void(std::string_view)>& feed);

}  // namespace minidock::store
