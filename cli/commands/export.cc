#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/random.h"
#include "cli/commands/commands.h"
#include "cli/terminal.h"

namespace minidock::cli {
namespace {

// The file under another name until it is whole: nobody takes a part for the container.
class NewFile {
 public:
  explicit NewFile(const std::string& path) : path_(path), draft_(cat(path, ".", random_hex(6), ".tmp")) {
    fd_ = open_file(AT_FDCWD, draft_, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  }
  ~NewFile() {
    if (!fd_) return;
    try {
      discard_file(AT_FDCWD, draft_);
    } catch (const Error&) {
      // The error under way says more.
    }
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  int fd() const { return fd_.get(); }
  void keep() {
    rename_at(AT_FDCWD, draft_, AT_FDCWD, path_);
    fd_.reset();
  }

 private:
  std::string path_, draft_;
  Fd fd_;
};

// Docker's rules for -o, in its words.
void require_output_path(const std::string& path) {
  constexpr const char* kFailed = "failed to export container: ";
  const size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, std::max<size_t>(slash, 1));
  struct stat info;
  if (::stat(directory.c_str(), &info) != 0) {
    throw_error(ErrorKind::not_found, kFailed, "invalid output path: stat ", printable(directory), ": ",
                lower(errno_text(errno)));
  }
  if (::stat(path.c_str(), &info) != 0) return;
  const char* what = S_ISDIR(info.st_mode)    ? "a directory"
                     : S_ISCHR(info.st_mode)  ? "a character device file"
                     : S_ISBLK(info.st_mode)  ? "a block device file"
                     : S_ISFIFO(info.st_mode) ? "a named pipe file"
                     : S_ISSOCK(info.st_mode) ? "a socket file"
                                              : nullptr;
  if (what != nullptr) throw_error(ErrorKind::invalid, kFailed, "cannot write to ", what);
}

class Export : public Command {
 public:
  void declare(Options& options) override { options.text("-o,--output", output_); }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    if (output_.empty()) {
      if (is_terminal(STDOUT_FILENO)) {
        throw_error(ErrorKind::invalid, "cowardly refusing to save to a terminal. Use the -o flag or redirect");
      }
      context.engine().export_files(operands[0], STDOUT_FILENO);
      return 0;
    }
    require_output_path(output_);
    context.engine().load(operands[0]);
    NewFile file(output_);
    context.engine().export_files(operands[0], file.fd());
    file.keep();
    return 0;
  }

 private:
  std::string output_;
};

}  // namespace

std::unique_ptr<Command> make_export() {
  return std::make_unique<Export>();
}

}  // namespace minidock::cli
