#include "store/erofs/kept_xattrs.h"

#include <linux/capability.h>
#include <linux/xattr.h>
#include <string.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include "base/error.h"
#include "store/archive/path.h"
#include "store/erofs/xattr_body.h"

namespace minidock::store::erofs {

namespace {

constexpr std::string_view kAccessAcl = "system.posix_acl_access";
constexpr std::string_view kDefaultAcl = "system.posix_acl_default";

// kernel: include/uapi/linux/posix_acl_xattr.h, posix_acl.h
constexpr uint32_t kAclVersion = 2;
constexpr uint32_t kNoId = UINT32_MAX;
enum AclTag : uint16_t { kUserOwner = 1, kUser = 2, kGroupOwner = 4, kGroup = 8, kMask = 16, kOther = 32 };
struct AclEntry {
  uint16_t tag = 0;
  uint16_t permissions = 0;
  uint32_t id = kNoId;
};
using Acl = std::vector<AclEntry>;

[[noreturn]] void refuse(std::string_view name, int error_number) {
  throw_errno_message(error_number, cat("set extended attribute ", shown(name)));
}

// Empty: the value stands for no ACL.
Acl parse_acl(std::string_view name, std::string_view value) {
  Acl acl;
  if (value.empty()) return acl;
  uint32_t version = 0;
  if (value.size() < sizeof version) refuse(name, EINVAL);
  memcpy(&version, value.data(), sizeof version);
  if (version != kAclVersion) refuse(name, EOPNOTSUPP);
  value.remove_prefix(sizeof version);
  if (value.size() % sizeof(AclEntry) != 0) refuse(name, EINVAL);
  acl.resize(value.size() / sizeof(AclEntry));
  if (!acl.empty()) memcpy(acl.data(), value.data(), value.size());
  return acl;
}

// One of each of the owners and of others, in order; the named ones between, with an id; a mask if there are any of
// them.
bool is_valid(const Acl& acl) {
  static constexpr uint16_t kOrder[] = {kUserOwner, kUser, kGroupOwner, kGroup, kMask, kOther};
  size_t count[6] = {}, at = 0;
  for (const AclEntry& entry : acl) {
    while (at < 6 && kOrder[at] != entry.tag) ++at;
    if (at == 6 || (entry.permissions & ~7U) != 0) return false;
    const bool named = entry.tag == kUser || entry.tag == kGroup;
    if (named && entry.id == kNoId) return false;
    if (++count[at] > 1 && !named) return false;
  }
  return count[0] == 1 && count[2] == 1 && count[5] == 1 && (count[4] == 1 || count[1] + count[3] == 0);
}

std::string encoded(const Acl& acl) {
  std::string value(reinterpret_cast<const char*>(&kAclVersion), sizeof kAclVersion);
  for (AclEntry entry : acl) {
    if (entry.tag != kUser && entry.tag != kGroup) entry.id = kNoId;
    value.append(reinterpret_cast<const char*>(&entry), sizeof entry);
  }
  return value;
}

Acl checked_acl(const Xattr& xattr) {
  Acl acl = parse_acl(xattr.name, xattr.value);
  if (!acl.empty() && !is_valid(acl)) refuse(xattr.name, EINVAL);
  return acl;
}

// True if the mode says all of it, as it does then.
bool put_into_mode(const Acl& acl, uint16_t& mode) {
  uint16_t bits = 0;
  std::optional<uint16_t> mask;
  bool named = false;
  for (const AclEntry& entry : acl) {
    if (entry.tag == kUserOwner) bits |= entry.permissions << 6;
    if (entry.tag == kGroupOwner) bits |= entry.permissions << 3;
    if (entry.tag == kOther) bits |= entry.permissions;
    if (entry.tag == kMask) mask = entry.permissions;
    named = named || entry.tag == kUser || entry.tag == kGroup;
  }
  if (mask) bits = static_cast<uint16_t>((bits & ~070) | *mask << 3);
  mode = static_cast<uint16_t>((mode & ~0777) | bits);
  return !named && !mask;
}

// What chmod(2) does to an ACL that is there.
void put_mode_into(uint16_t mode, Acl& acl) {
  const bool has_mask = std::any_of(acl.begin(), acl.end(), [](const AclEntry& entry) { return entry.tag == kMask; });
  for (AclEntry& entry : acl) {
    if (entry.tag == kUserOwner) entry.permissions = mode >> 6 & 7;
    if (entry.tag == (has_mask ? kMask : kGroupOwner)) entry.permissions = mode >> 3 & 7;
    if (entry.tag == kOther) entry.permissions = mode & 7;
  }
}

void discard(std::vector<Xattr>& xattrs, std::string_view name) {
  std::erase_if(xattrs, [name](const Xattr& xattr) { return xattr.name == name; });
}

void set(std::vector<Xattr>& xattrs, const Xattr& xattr) {
  discard(xattrs, xattr.name);
  xattrs.push_back(xattr);
}

void set_acl(std::vector<Xattr>& xattrs, std::string_view name, const Acl& acl) {
  discard(xattrs, name);
  if (!acl.empty()) xattrs.push_back({std::string(name), encoded(acl)});
}

// security.capability: version 2, or 3 with the user that is root in the namespace it counts in.
void check_capability(const Xattr& xattr) {
  uint32_t magic = 0;
  if (xattr.value.size() >= sizeof magic) memcpy(&magic, xattr.value.data(), sizeof magic);
  const uint32_t revision = magic & VFS_CAP_REVISION_MASK;
  const bool second = revision == VFS_CAP_REVISION_2 && xattr.value.size() == XATTR_CAPS_SZ_2;
  bool third = revision == VFS_CAP_REVISION_3 && xattr.value.size() == XATTR_CAPS_SZ_3;
  if (third) {
    uint32_t root = 0;
    memcpy(&root, xattr.value.data() + XATTR_CAPS_SZ_2, sizeof root);
    third = root != kNoId;
  }
  if (!second && !third) refuse(xattr.name, EINVAL);
}

}  // namespace

void keep_xattrs(const Entry& entry, uint16_t& mode, std::vector<Xattr>& xattrs) {
  for (Xattr& older : xattrs) {
    if (older.name != kAccessAcl) continue;
    Acl acl = parse_acl(older.name, older.value);
    put_mode_into(mode, acl);
    older.value = encoded(acl);
  }
  discard(xattrs, kDefaultAcl);
  for (const Xattr& xattr : entry.xattrs) {
    if (xattr.name == kDefaultAcl) {
      const Acl acl = S_ISDIR(mode) ? checked_acl(xattr) : Acl();
      const bool is_first =
          std::none_of(xattrs.begin(), xattrs.end(), [](const Xattr& other) { return other.name == kDefaultAcl; });
      if (is_first) set_acl(xattrs, kDefaultAcl, acl);
    } else if (xattr.name == kAccessAcl) {
      const Acl acl = checked_acl(xattr);
      const bool is_plain = acl.empty() || put_into_mode(acl, mode);
      set_acl(xattrs, kAccessAcl, is_plain ? Acl() : acl);
    } else {
      if (xattr.name == "user." || xattr.name == "security.") refuse(xattr.name, EINVAL);
      if (xattr.name == "security.capability") check_capability(xattr);
      set(xattrs, xattr);
    }
  }
  xattr_body_bytes(xattrs);  // throws where they are too many
}

}  // namespace minidock::store::erofs
