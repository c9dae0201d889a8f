#include "store/erofs/xattr_body.h"

#include "base/error.h"
#include "store/archive/path.h"
#include "store/erofs/format.h"

namespace minidock::store::erofs {

namespace {

struct NameSpace {
  std::string_view prefix;
  uint8_t index;
  bool whole;  // the prefix is the whole name
};
constexpr NameSpace kNameSpaces[] = {{"user.", 1, false},
                                     {"system.posix_acl_access", 2, true},
                                     {"system.posix_acl_default", 3, true},
                                     {"trusted.", 4, false},
                                     {"security.", 6, false}};

const NameSpace& name_space_of(std::string_view name) {
  for (const NameSpace& space : kNameSpaces) {
    if (space.whole ? name == space.prefix : name.starts_with(space.prefix)) return space;
  }
  throw_error(ErrorKind::invalid, "extended attribute ", shown(name), " is of no kind that EROFS can hold");
}

uint64_t entry_bytes(const Xattr& xattr) {
  const uint64_t bytes =
      sizeof(XattrEntry) + xattr.name.size() - name_space_of(xattr.name).prefix.size() + xattr.value.size();
  return (bytes + 3) / 4 * 4;
}

void append(std::string& body, const void* bytes, size_t size) {
  body.append(static_cast<const char*>(bytes), size);
}

}  // namespace

uint64_t xattr_body_bytes(const std::vector<Xattr>& xattrs) {
  if (xattrs.empty()) return 0;
  uint64_t bytes = sizeof(XattrHeader);
  for (const Xattr& xattr : xattrs) {
    if (xattr.value.size() > UINT16_MAX) {
      throw_error(ErrorKind::exhausted, "extended attribute ", shown(xattr.name), " has ", xattr.value.size(),
                  " bytes, EROFS holds ", UINT16_MAX);
    }
    bytes += entry_bytes(xattr);
  }
  if (bytes > kMaxXattrBytes) {
    throw_error(ErrorKind::exhausted, "its extended attributes have ", bytes, " bytes, EROFS holds ", kMaxXattrBytes);
  }
  return bytes;
}

std::string xattr_body(const std::vector<Xattr>& xattrs) {
  std::string body;
  const uint64_t size = xattr_body_bytes(xattrs);
  if (size == 0) return body;
  body.reserve(size);
  const XattrHeader header;
  append(body, &header, sizeof header);
  for (const Xattr& xattr : xattrs) {
    const NameSpace& space = name_space_of(xattr.name);
    const std::string_view name = std::string_view(xattr.name).substr(space.prefix.size());
    XattrEntry entry;
    entry.name_bytes = static_cast<uint8_t>(name.size());
    entry.prefix = space.index;
    entry.value_bytes = static_cast<uint16_t>(xattr.value.size());
    append(body, &entry, sizeof entry);
    body += name;
    body += xattr.value;
    body.resize((body.size() + 3) / 4 * 4);
  }
  return body;
}

uint16_t xattr_count(uint64_t body_bytes) {
  if (body_bytes == 0) return 0;
  return static_cast<uint16_t>((body_bytes - sizeof(XattrHeader)) / 4 + 1);
}

}  // namespace minidock::store::erofs
