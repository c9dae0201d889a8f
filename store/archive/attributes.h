// Owner, mode, extended attributes and times of what was unpacked. All by descriptor, or by a directory's
// descriptor and one name that is never followed. All throw Error.
#pragma once

#include <string>

#include "store/archive/entry.h"

namespace minidock::store {

// Returns false if an attribute was left out because the file system has none of its kind (user.* on an old tmpfs).
bool set_file_attributes(int fd, const Entry& entry);
// Without time and default ACL: see LateAttributes.
bool set_directory_attributes(int fd, const Entry& entry);
// For links and nodes, which are never opened: no extended attributes.
void set_attributes_at(int directory, const std::string& name, const Entry& entry);

void set_mtime(int fd, Nanoseconds mtime);  // and the access time, to the same
void set_default_acl(int fd, const std::string& value);
std::string find_default_acl(const Entry& entry);  // "" where there is none

}  // namespace minidock::store
