// A directory's entries as blocks. The same code tells how long they are and what is in them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace minidock::store::erofs {

// Counts: names must come in their order. bytes() is the directory's size so far.
class DirectorySize {
 public:
  void add(std::string_view name);
  uint64_t bytes() const;

 private:
  uint64_t full_ = 0;  // bytes of blocks that are full
  uint64_t used_ = 0;  // of the one that is not
};

// One block at a time, for a directory may have a million names.
class DirectoryBlocks {
 public:
  // `full` is called with each block but the last; borrowed.
  explicit DirectoryBlocks(const std::function<void(std::string_view block)>& full) : full_(full) {}
  void add(std::string_view name, uint64_t nid, uint8_t type);
  std::string finish();  // the last block, which ends with its last name: of kBlock bytes, or fewer

 private:
  std::string take();
  const std::function<void(std::string_view)>& full_;
  std::string dirents_, names_;
};

uint8_t file_type_of(uint16_t mode);  // of a Dirent

}  // namespace minidock::store::erofs
