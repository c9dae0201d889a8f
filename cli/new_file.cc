#include "cli/new_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "cli/terminal.h"

namespace minidock::cli {

NewFile::NewFile(const std::string& path) : path_(path), draft_(cat(path, ".", random_hex(6), ".tmp")) {
  fd_ = open_file(AT_FDCWD, draft_, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
}

NewFile::~NewFile() {
  if (!fd_) return;
  try {
    discard_file(AT_FDCWD, draft_);
  } catch (const Error&) {
    // The error under way says more.
  }
}

void NewFile::keep() {
  rename_at(AT_FDCWD, draft_, AT_FDCWD, path_);
  fd_.reset();
}

void require_output_path(const std::string& path, const std::string& failed) {
  const size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, std::max<size_t>(slash, 1));
  struct stat info;
  if (::stat(directory.c_str(), &info) != 0) {
    throw_error(ErrorKind::not_found, failed, ": invalid output path: stat ", printable(directory), ": ",
                lower(errno_text(errno)));
  }
  if (::stat(path.c_str(), &info) != 0) return;
  const char* what = S_ISDIR(info.st_mode)    ? "a directory"
                     : S_ISCHR(info.st_mode)  ? "a character device file"
                     : S_ISBLK(info.st_mode)  ? "a block device file"
                     : S_ISFIFO(info.st_mode) ? "a named pipe file"
                     : S_ISSOCK(info.st_mode) ? "a socket file"
                                              : nullptr;
  if (what != nullptr) throw_error(ErrorKind::invalid, failed, ": cannot write to ", what);
}

void refuse_terminal_output() {
  if (!is_terminal(STDOUT_FILENO)) return;
  throw_error(ErrorKind::invalid, "cowardly refusing to save to a terminal. Use the -o flag or redirect");
}

}  // namespace minidock::cli
