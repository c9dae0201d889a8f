// A file that a verb writes for -o: under another name until it is whole, so that nobody takes a part for all.
#pragma once

#include <string>

#include "base/fd.h"

namespace minidock::cli {

class NewFile {
 public:
  explicit NewFile(const std::string& path);
  ~NewFile();  // not kept: removed
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  int fd() const { return fd_.get(); }
  void keep();

 private:
  std::string path_, draft_;
  Fd fd_;
};

// Docker's rules for -o, in its words; `failed` goes before them: "failed to export container".
void require_output_path(const std::string& path, const std::string& failed);

// Throws, in docker's words, where standard output is a terminal.
void refuse_terminal_output();

}  // namespace minidock::cli
