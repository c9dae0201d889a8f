// The program of that name, as long as this object lives.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"

namespace minidock::store {

class ReferenceUnpacker {
 public:
  ReferenceUnpacker();
  ReferenceUnpacker(const ReferenceUnpacker&) = delete;
  ReferenceUnpacker& operator=(const ReferenceUnpacker&) = delete;
  ~ReferenceUnpacker();  // ends it

  // "" when it has done so, else what it says.
  std::string ask(const std::vector<std::string>& words);

 private:
  Fd requests_, answers_;
  pid_t child_ = -1;
};

// GNU tar's own extraction. Returns "" or what is wrong.
std::string unpack_with_gnu_tar(const std::string& archive, const std::string& directory);

}  // namespace minidock::store
