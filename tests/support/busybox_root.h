// A small root file system from the host's static busybox, for tests that start containers below the engine.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <string>

#include "base/file.h"
#include "base/text.h"

namespace minidock::test {

class BusyboxRoot {
 public:
  BusyboxRoot() {
    char name[] = "/var/tmp/minidock-root-XXXXXX";
    path_ = mkdtemp(name);
    for (const char* directory :
         {"/lower", "/lower/bin", "/lower/etc", "/lower/tmp", "/lower/data", "/upper", "/work", "/run"}) {
      make_dir(AT_FDCWD, path_ + directory, 0755);
    }
    const std::string busybox = read_file(AT_FDCWD, "/bin/busybox", 16 << 20);
    write_file(AT_FDCWD, path_ + "/lower/bin/busybox", busybox, 0755);
    for (const char* applet : {"sh",     "cat",  "echo",   "id",  "hostname", "ls",   "mount", "sleep",    "kill",
                               "tty",    "stty", "ps",     "env", "true",     "head", "grep",  "readlink", "touch",
                               "umount", "wc",   "printf", "dd",  "seq",      "stat", "pwd",   "ulimit"}) {
      if (symlink("busybox", cat(path_, "/lower/bin/", applet).c_str()) != 0) throw_errno("link ", applet);
    }
    write_file(
        AT_FDCWD, path_ + "/lower/etc/passwd",
        "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:100:Alice:/home/alice:/bin/sh\n4294967296:x:0:0::/:/bin/sh\n",
        0644);
    write_file(AT_FDCWD, path_ + "/lower/etc/group", "root:x:0:\nusers:x:100:\nstaff:x:50:bob,alice\naudio:x:29:\n",
               0644);
    write_file(AT_FDCWD, path_ + "/lower/data/seed", "from the image\n", 0644);
  }
  ~BusyboxRoot() { discard_tree(AT_FDCWD, path_); }
  BusyboxRoot(const BusyboxRoot&) = delete;
  BusyboxRoot& operator=(const BusyboxRoot&) = delete;

  std::string at(const std::string& name) const { return cat(path_, "/", name); }

 private:
  std::string path_;
};

}  // namespace minidock::test
