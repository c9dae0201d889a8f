// --cidfile: claimed before anything is made, written once the container exists, gone if it never does.
#pragma once

#include <string>

#include "base/fd.h"

namespace minidock::engine {

class CidFile {
 public:
  // "" for `path`: no file, and nothing happens. Throws conflict, in docker's words, when the file is there.
  explicit CidFile(std::string path);
  CidFile(const CidFile&) = delete;
  CidFile& operator=(const CidFile&) = delete;
  ~CidFile();  // not written: removes the file

  void write(const std::string& id);

 private:
  std::string path_;
  Fd file_;
};

}  // namespace minidock::engine
