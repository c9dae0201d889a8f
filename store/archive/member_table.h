// What a tar of images holds, by name, so that each part is read where it lies. The headers are parsed in the jail (see
// jail.h); what comes back is a list of names and numbers, and each number is checked against the file here.
//
// security: a name is looked up in this table and never becomes a path. Links of the archive lead from one name of the
// table to another: old archives of docker have the same layer.tar under several names.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "store/archive/input.h"

namespace minidock::store {

class MemberTable {
 public:
  // `fd` is borrowed: a regular file; `range` of it is a tar. `empty_directory` is borrowed, too: the jail's root.
  // Throws corrupt, invalid or exhausted, as the unpacker does.
  static MemberTable scan(int fd, const FileRange& range, int empty_directory);

  // Where the regular file of this name lies in fd; links are followed. nullopt where there is none. Throws corrupt for
  // a link that leads nowhere or in a circle, and for a file with holes.
  std::optional<FileRange> find(std::string_view name) const;
  bool has_directory(const std::string& name) const;  // itself, or something below it

 private:
  enum class Kind : char { file = 'f', sparse = 's', symlink = 'l', hardlink = 'h', other = 'o' };
  struct Member {
    Kind kind = Kind::other;
    std::string target;  // of links: the cleaned name that it leads to
    FileRange range;
  };
  friend class MemberScan;
  std::map<std::string, Member, std::less<>> members_;  // by cleaned name; of a name twice the last, as tar has it
};

}  // namespace minidock::store
