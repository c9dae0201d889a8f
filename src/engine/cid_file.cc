#include "engine/cid_file.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"

namespace minidock::engine {

CidFile::CidFile(std::string path) : path_(std::move(path)) {
  if (path_.empty()) return;
  // race: two commands with one file: O_EXCL lets exactly one of them go on.
  file_ = Fd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (file_) return;
  if (errno == EEXIST) {
    throw_error(ErrorKind::conflict, "container ID file found, make sure the other container isn't running or delete ",
                printable(path_));
  }
  throw_errno("failed to create the container ID file ", printable(path_));
}

CidFile::~CidFile() {
  if (file_) ::unlink(path_.c_str());
}

void CidFile::write(const std::string& id) {
  if (!file_) return;
  write_all(file_.get(), id);
  file_.reset();
}

}  // namespace minidock::engine
