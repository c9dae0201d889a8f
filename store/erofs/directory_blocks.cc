#include "store/erofs/directory_blocks.h"

#include <string.h>
#include <sys/stat.h>

#include "store/erofs/format.h"

namespace minidock::store::erofs {

void DirectorySize::add(std::string_view name) {
  const uint64_t more = sizeof(Dirent) + name.size();
  if (used_ + more > kBlock) {
    full_ += kBlock;
    used_ = 0;
  }
  used_ += more;
}

uint64_t DirectorySize::bytes() const {
  return full_ + used_;
}

void DirectoryBlocks::add(std::string_view name, uint64_t nid, uint8_t type) {
  if (dirents_.size() + names_.size() + sizeof(Dirent) + name.size() > kBlock) {
    std::string block = take();
    block.resize(kBlock);
    full_(block);
  }
  Dirent dirent;
  dirent.nid = nid;
  dirent.name_offset = static_cast<uint16_t>(names_.size());  // of the names; flush() knows where they begin
  dirent.type = type;
  dirents_.append(reinterpret_cast<const char*>(&dirent), sizeof dirent);
  names_ += name;
}

std::string DirectoryBlocks::take() {
  for (size_t at = 0; at < dirents_.size(); at += sizeof(Dirent)) {
    Dirent dirent;
    memcpy(&dirent, dirents_.data() + at, sizeof dirent);
    dirent.name_offset = static_cast<uint16_t>(dirent.name_offset + dirents_.size());
    memcpy(dirents_.data() + at, &dirent, sizeof dirent);
  }
  std::string block = dirents_ + names_;
  dirents_.clear();
  names_.clear();
  return block;
}

std::string DirectoryBlocks::finish() {
  return take();
}

uint8_t file_type_of(uint16_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return kTypeDirectory;
    case S_IFLNK:
      return kTypeSymlink;
    case S_IFIFO:
      return kTypeFifo;
    case S_IFCHR:
      return kTypeCharacter;
    case S_IFBLK:
      return kTypeBlock;
    default:
      return kTypeFile;
  }
}

}  // namespace minidock::store::erofs
