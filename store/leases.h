// Leases: who is making or removing what, told by a locked file whose name says it all.
//
//   ROOT/tmp/lease.<tag>.<kind>[.<subject>]     flock'd by its maker; empty, so that it needs no block of a full disk
//   ROOT/tmp/draft.<tag>                        what the maker builds
//   ROOT/tmp/trash.<tag>.<number>               what the maker is about to unlink
//
// <tag> is 16 random hex digits and is never used again. A lease is made before what it names and dropped after
// the row is committed (creating) or the files are gone (removing). The lock dies with its maker: a lease that
// anybody can lock is dead, and whoever locks it does the maker's cleaning (sweep.cc).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace minidock::store {

enum class LeaseKind { import, layer, container, volume, sweep, image, signatures, migration };

struct LeaseName {
  std::string file;  // below ROOT/tmp
  std::string tag;
  LeaseKind kind = LeaseKind::sweep;
  std::string subject;  // layer, image, signatures: 64 hex digits; container: its ID; volume: its name; else ""
};

class Lease {
 public:
  Lease() = default;  // holds nothing
  // Borrows `tmp`, which must outlive the lease.
  static Lease create(int tmp, LeaseKind kind, std::string_view subject = {});
  // For removals, which must work on a full disk: holds nothing where no file can be made.
  static Lease try_create(int tmp, LeaseKind kind, std::string_view subject = {});
  // Takes over a dead maker's lease; nullopt while it is alive or when someone else was faster.
  static std::optional<Lease> try_adopt(int tmp, const LeaseName& name);

  // Destroyed without drop(): abandoned, so that the next command finds a dead lease and cleans up.
  Lease(Lease&&) noexcept = default;
  Lease& operator=(Lease&&) noexcept = default;

  explicit operator bool() const { return static_cast<bool>(fd_); }
  const LeaseName& name() const { return name_; }
  std::string draft() const { return "draft." + name_.tag; }  // relative to ROOT/tmp
  // Moves `dir`/`path` out of sight; missing is fine. It is unlinked by empty_trash(), or by whoever adopts us.
  void throw_away(int dir, const std::string& path);
  uint64_t empty_trash();  // bytes freed
  void drop() noexcept;    // the work is whole: forget it

 private:
  Lease(int tmp, LeaseName name, Fd fd) : tmp_(tmp), name_(std::move(name)), fd_(std::move(fd)) {}
  int tmp_ = -1;
  LeaseName name_;
  Fd fd_;
  int thrown_ = 0;
};

std::optional<LeaseName> parse_lease_name(std::string_view file);
// The tag of any entry of ROOT/tmp: lease, draft or trash; nullopt for strangers.
std::optional<std::string> tag_of(std::string_view file);
// True while some process holds it; false also when it is gone.
bool is_alive(int tmp, const LeaseName& name);

}  // namespace minidock::store
