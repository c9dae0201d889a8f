#include "linux/cgroup_oom.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "linux/cgroup_apply.h"
#include "linux/cgroup_files.h"

namespace minidock::linux {
namespace {

// Whether anything had come; the rest of it is of no interest.
bool drain(int fd) {
  char buffer[4096];
  bool any = false;
  while (::read(fd, buffer, sizeof buffer) > 0) any = true;
  return any;
}

void watch(int inotify, const std::string& path) {
  if (::inotify_add_watch(inotify, path.c_str(), IN_MODIFY) < 0) throw_errno("cannot watch ", path);
}

}  // namespace

OomWatch OomWatch::open(const CgroupLayout& layout, const std::string& path) {
  const CgroupHierarchy* memory = layout.find("memory");
  if (!memory)
    throw_error(ErrorKind::unsupported, "cannot watch for out of memory: this host has no memory cgroup controller");
  OomWatch out;
  out.directory_ = cgroup_directory(*memory, path);
  out.v2_ = memory->version == 2;
  if (!is_cgroup_there(out.directory_))
    throw_error(ErrorKind::not_found, "the cgroup ", printable(path), " does not exist");
  if (out.v2_) {
    out.notice_ = Fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!out.notice_) throw_errno("cannot watch ", out.directory_);
    watch(out.notice_.get(), cat(out.directory_, "/memory.events"));
    // The last process leaves: no other sign comes before the directory goes.
    watch(out.notice_.get(), cat(out.directory_, "/cgroup.events"));
  } else {
    out.notice_ = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!out.notice_) throw_errno("cannot make an eventfd");
    out.control_ = open_file(AT_FDCWD, cat(out.directory_, "/memory.oom_control"), O_RDONLY);
    // kernel: "eventfd control_fd"; removing the cgroup signals as well.
    write_cgroup({out.directory_, "cgroup.event_control", cat(out.notice_.get(), " ", out.control_.get())});
  }
  out.seen_ = out.kills();
  return out;
}

uint64_t OomWatch::kills() const {
  return read_cgroup_keyed(directory_, v2_ ? "memory.events" : "memory.oom_control")["oom_kill"];
}

OomWatch::News OomWatch::take() {
  News news;
  const bool any = drain(notice_.get());
  const uint64_t now = kills();
  // v1 signals also where nothing is killed, because its OOM killer is off.
  news.gone = !is_cgroup_there(directory_);
  if (v2_) news.gone = news.gone || read_cgroup_keyed(directory_, "cgroup.events")["populated"] == 0;
  news.out_of_memory = now > seen_ || (any && !v2_ && !news.gone);
  seen_ = std::max(seen_, now);
  return news;
}

}  // namespace minidock::linux
