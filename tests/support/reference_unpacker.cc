#include "support/reference_unpacker.h"

#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "store/archive/pipe.h"
#include "support/children.h"

namespace minidock::store {

namespace {
// In a child that has nothing else to do.
[[noreturn]] void become(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  throw_errno("execute ", words[0]);
}
}  // namespace

ReferenceUnpacker::ReferenceUnpacker() {
  Pipe requests = make_pipe(), answers = make_pipe();
  child_ = start_child([&] {
    dup2(requests.read.get(), STDIN_FILENO);
    dup2(answers.write.get(), STDOUT_FILENO);
    become({"python3", MINIDOCK_SOURCE_DIR "/tests/support/reference_unpacker"});
  });
  requests_ = std::move(requests.write);
  answers_ = std::move(answers.read);
}

ReferenceUnpacker::~ReferenceUnpacker() {
  requests_.reset();
  wait_for(child_);
}

std::string ReferenceUnpacker::ask(const std::vector<std::string>& words) {
  write_all(requests_.get(), join(words, "\t") + "\n");
  std::string answer;
  char byte = 0;
  while (read_some(answers_.get(), &byte, 1) == 1 && byte != '\n') answer += byte;
  return answer == "ok" ? "" : cat("tarfile: ", answer);
}

std::string unpack_with_gnu_tar(const std::string& archive, const std::string& directory) {
  const std::string said = directory + ".said";
  const int status = wait_for(start_child([&] {
    const Fd log = open_file(AT_FDCWD, said, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(log.get(), STDERR_FILENO);
    setenv("LC_ALL", "C.UTF-8", 1);
    umask(022);
    become({"tar", "--xattrs", "--xattrs-include=*", "--numeric-owner", "--delay-directory-restore", "--warning=none",
            "-p", "-P", "-xf", archive, "-C", directory});
  }));
  return status == 0 ? "" : cat("GNU tar: status ", status, ": ", read_file(AT_FDCWD, said));
}

}  // namespace minidock::store
