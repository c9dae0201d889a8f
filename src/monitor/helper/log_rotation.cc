// A full log becomes PATH.1, what was PATH.1 becomes PATH.2, and the oldest goes. A child compresses PATH.1 meanwhile.
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "monitor/helper/log.h"
#include "monitor/helper/program.h"
#include "runtime/fixed_text.h"

namespace minidock::monitor {

namespace {
using Path = runtime::FixedText<4096>;

constexpr const char kDraft[] = ".gz.new";

void name_of(Path& out, const char* log, int index, const char* suffix) {
  out << log;
  if (index > 0) out << "." << static_cast<int64_t>(index);
  out << suffix;
}

void move(const char* log, int from, int to, const char* suffix) {
  Path source, target;
  name_of(source, log, from, suffix);
  name_of(target, log, to, suffix);
  rename(source.c_str(), target.c_str());
}
}  // namespace

void Log::rotate() {
  const int oldest = settings_.max_files - 1;
  if (oldest < 1) {
    // One file alone: it begins anew.
    if (fd_ && ftruncate(fd_.get(), 0) == 0) file_size_ = 0;
    return;
  }
  for (const char* suffix : {"", ".gz"}) {
    Path last;
    name_of(last, path_, oldest, suffix);
    unlink(last.c_str());
    for (int i = oldest - 1; i >= 1; --i) move(path_, i, i + 1, suffix);
  }
  move(path_, 0, 1, "");
  fd_.reset();
  file_size_ = 0;
  if (compressor_ != 0) {
    ++compressed_index_;  // it reads by descriptor; the name it had is another's now
  } else if (settings_.compress) {
    start_compressor();
  }
}

// The CLI's program does it, with the file as its input and a draft as its output.
void Log::start_compressor() {
  Path source, draft;
  name_of(source, path_, 1, "");
  name_of(draft, path_, 0, kDraft);
  const Fd input(open(source.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  const Fd output(open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (!input || !output) return;
  const pid_t child = fork();
  if (child == 0) {
    static const char* const argv[] = {"minidock", "__compress", nullptr};
    if (dup2(input.get(), STDIN_FILENO) < 0 || dup2(output.get(), STDOUT_FILENO) < 0) _exit(1);
    execute_program(argv);
  }
  if (child < 0) return;  // it stays as it is
  compressor_ = child;
  compressed_index_ = 1;
}

bool Log::compressor_ended(pid_t pid, int status) {
  if (pid != compressor_ || pid == 0) return false;
  compressor_ = 0;
  Path draft, plain, compressed;
  name_of(draft, path_, 0, kDraft);
  name_of(plain, path_, compressed_index_, "");
  name_of(compressed, path_, compressed_index_, ".gz");
  // It may be too old by now.
  const bool wanted = WIFEXITED(status) && WEXITSTATUS(status) == 0 && compressed_index_ < settings_.max_files;
  if (wanted && rename(draft.c_str(), compressed.c_str()) == 0) {
    unlink(plain.c_str());
  } else {
    unlink(draft.c_str());
  }
  // Files that filled up meanwhile: the newest of them, at least.
  if (compressed_index_ > 1) start_compressor();
  return true;
}

}  // namespace minidock::monitor
