// Where the OCI runtime keeps what it must remember of a container: one directory, ROOT/ID, mode 0700.
//
//   state.json   the record (record.h), replaced by rename
//   config.json  the bundle's, as create read it
//   seccomp      the compiled filter, for exec; empty where there is none
//   gate         the socket on which init waits for `start`; gone once it was let through
//
// The directory itself is what is locked (flock(2)): by every command that changes the container, for as long as the
// change takes. Reading needs no lock.
//   race: a new container is filled under a name that is no container's and then renamed: nobody ever sees one that
//   is half made, and what a killed create leaves under such a name is swept by the next.
//   race: a removed one is renamed away first. Who waited for its lock finds that ROOT/ID is another directory or
//   none, and says so.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/time.h"

namespace minidock::runtime {

constexpr const char* kRecordFile = "state.json";
constexpr const char* kConfigFile = "config.json";
constexpr const char* kSeccompFile = "seccomp";
constexpr const char* kGateFile = "gate";

// Letters, digits and _ + , - . in any order, but not "." or "..": runc's rule, which callers know.
// Throws invalid: "invalid container ID format".
void require_container_id(std::string_view id);

struct StateFile {
  const char* name;
  std::string_view text;
};

class StateDirectory {
 public:
  // Throws as create() would: before anything else is looked at that the other container may hold.
  static void require_free(const std::string& root, const std::string& id);
  // ROOT/ID with `files`, locked. ROOT is made where it is missing. Throws conflict where ID exists.
  static StateDirectory create(const std::string& root, const std::string& id, const std::vector<StateFile>& files);
  // Throws not_found: "container does not exist".
  static StateDirectory open(const std::string& root, const std::string& id);
  // The IDs below `root`, sorted; none where there is no such directory.
  static std::vector<std::string> list(const std::string& root);

  int fd() const { return directory_.get(); }
  const std::string& id() const { return id_; }

  // Waits for the lock. Throws not_found when the container was deleted meanwhile.
  void lock();
  // The same for at most `patience`; false when another holds it still.
  bool try_lock(Nanoseconds patience);
  void unlock();
  // A command that changes the container is at work; false while this object itself holds the lock.
  bool is_locked_by_another() const;

  // Old or new text after any crash of ours. The lock must be held.
  void replace(const char* name, std::string_view text) const;

  // The container is forgotten; the lock must be held.
  void remove();

 private:
  StateDirectory() = default;
  // Makes, opens and locks a directory that has no container's name yet; returns the name that it has.
  std::string make_unnamed();
  void require_present() const;

  std::string id_;
  Fd root_, directory_;
  bool locked_ = false;
};

}  // namespace minidock::runtime
