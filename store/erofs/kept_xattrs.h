// Extended attributes as a file system would keep them after setxattr(2): what the kernel refuses is refused, and POSIX
// ACLs have their effect on the mode. The tree of a layer is then the same whether it was unpacked or not.
// Sources: kernel fs/posix_acl.c, security/commoncap.c; capabilities(7) "File capability extended attribute
// versioning", acl(5).
#pragma once

#include <cstdint>
#include <vector>

#include "store/archive/entry.h"

namespace minidock::store::erofs {

// `entry` is a file or a directory, and `mode` what it has by now, the entry's own being set. Adds to `xattrs` those of
// the entry, in place of older ones of the same name. A default ACL counts for directories only, and the last entry
// decides whether there is one. Throws Error as fsetxattr(2) would.
void keep_xattrs(const Entry& entry, uint16_t& mode, std::vector<Xattr>& xattrs);

}  // namespace minidock::store::erofs
