#include "linux/cgroup_processes.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <time.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "linux/cgroup_apply.h"
#include "linux/cgroup_files.h"
#include "linux/syscalls.h"

namespace minidock::linux {
namespace {

void pause_for(Nanoseconds length) {
  const timespec pause = {length / kSecond, length % kSecond};
  ::nanosleep(&pause, nullptr);
}

// "" where the container has none.
std::string unified_directory(const CgroupLayout& layout, const std::string& path) {
  const CgroupHierarchy* unified = layout.unified();
  if (!unified) return "";
  const std::string directory = cgroup_directory(*unified, path);
  return is_cgroup_there(directory) ? directory : "";
}

std::string v1_freezer_directory(const CgroupLayout& layout, const std::string& path) {
  const CgroupHierarchy* freezer = layout.find("freezer");
  if (!freezer || freezer->version != 1) return "";
  const std::string directory = cgroup_directory(*freezer, path);
  return is_cgroup_there(directory) ? directory : "";
}

// Where all of the container's processes are listed. A hybrid's newcomer is in v1 first, and may be frozen there.
std::string members_directory(const CgroupLayout& layout, const std::string& path) {
  for (std::string directory : {v1_freezer_directory(layout, path), unified_directory(layout, path)})
    if (!directory.empty()) return directory;
  const std::vector<std::string> all = find_cgroups(layout, path);
  return all.empty() ? "" : all.front();
}

void add_members(const std::string& directory, int depth, std::vector<pid_t>& out) {
  constexpr int kDeepest = 256;  // a container may nest its own cgroups: the bound keeps hostile depth off our stack
  for (const std::string& line : split(read_cgroup_text(directory, "cgroup.procs"), '\n')) {
    // kernel: 0 stands for a process that this pid namespace does not show.
    if (const auto pid = parse_int(line); pid && *pid > 0) out.push_back(static_cast<pid_t>(*pid));
  }
  const std::optional<Fd> dir = find_file(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY);
  if (!dir || depth == kDeepest) return;
  struct stat info;
  for (const std::string& name : list_dir(dir->get()))
    if (::fstatat(dir->get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode))
      add_members(cat(directory, "/", name), depth + 1, out);
}

// Opens those that are there. Where a filter or an old kernel has no pidfd_open, the numbers have to do.
std::vector<std::pair<pid_t, Fd>> open_processes(const pid_t* first, const pid_t* end) {
  std::vector<std::pair<pid_t, Fd>> out;
  for (; first != end; ++first) {
    Fd fd(pidfd_open(*first, 0));
    if ((fd || errno == ENOSYS) && *first != ::getpid()) out.emplace_back(*first, std::move(fd));
  }
  return out;
}

// race: a number may have a new owner by now. What is still listed once its pidfd is open is the one that was meant.
void signal_batch(const std::string& directory, const pid_t* first, const pid_t* end, int signal) {
  const std::vector<std::pair<pid_t, Fd>> open = open_processes(first, end);
  const std::vector<pid_t> listed = processes_below(directory);
  for (const auto& [pid, fd] : open) {
    if (!std::binary_search(listed.begin(), listed.end(), pid)) continue;
    const int result = fd ? pidfd_send_signal(fd.get(), signal) : ::kill(pid, signal);
    if (result != 0 && errno != ESRCH) throw_errno("cannot send signal to process ", pid);
  }
}

void signal_members(const std::string& directory, int signal) {
  constexpr size_t kBatch = 256;  // well below the usual limit of open files
  const std::vector<pid_t> all = processes_below(directory);
  for (size_t at = 0; at < all.size(); at += kBatch)
    signal_batch(directory, all.data() + at, all.data() + std::min(at + kBatch, all.size()), signal);
}

void freeze_v1(const std::string& directory, Nanoseconds patience) {
  const Nanoseconds deadline = monotonic_now() + patience;
  for (int round = 0; monotonic_now() < deadline; ++round) {
    // race: a child forked while its parent was being frozen runs on, and the state stays FREEZING until the next
    // write.
    write_cgroup({directory, "freezer.state", "FROZEN"});
    for (int look = 0; look < 50; ++look) {
      const std::string state(trim(read_cgroup_text(directory, "freezer.state")));
      if (state == "FROZEN") return;
      if (state != "FREEZING") break;
      pause_for(look < 10 ? 20'000 : 1'000'000);
    }
    // kernel: some processes only stop after a breath (a vfork parent waits for its child, say).
    if (round % 4 == 3) {
      write_cgroup({directory, "freezer.state", "THAWED"});
      pause_for(1'000'000);
    }
  }
  write_cgroup({directory, "freezer.state", "THAWED", false, true});
  throw_error(ErrorKind::in_use, "cannot freeze ", directory, ": a process does not stop; it may wait for a device");
}

void freeze_v2(const std::string& directory, Nanoseconds patience) {
  const Nanoseconds deadline = monotonic_now() + patience;
  const Fd events = open_file(AT_FDCWD, cat(directory, "/cgroup.events"), O_RDONLY);
  write_cgroup({directory, "cgroup.freeze", "1"});
  for (;;) {
    if (read_cgroup_keyed(directory, "cgroup.events")["frozen"] == 1) return;
    const Nanoseconds left = deadline - monotonic_now();
    if (left <= 0) break;
    // kernel: a change of cgroup.events is POLLPRI. What came between the read and the poll is caught by the bound.
    pollfd change = {events.get(), POLLPRI, 0};
    ::poll(&change, 1, static_cast<int>(std::clamp<Nanoseconds>(left / 1'000'000, 1, 20)));
  }
  write_cgroup({directory, "cgroup.freeze", "0", false, true});
  throw_error(ErrorKind::in_use, "cannot freeze ", directory, ": a process does not stop; it may wait for a device");
}

[[noreturn]] void throw_no_freezer(const CgroupLayout& layout, const std::string& path) {
  if (find_cgroups(layout, path).empty())
    throw_error(ErrorKind::not_found, "the cgroup ", printable(path), " does not exist");
  throw_error(ErrorKind::unsupported, "cannot freeze ", printable(path),
              ": this host has no freezer; mount cgroup v2 or the freezer controller");
}

// The signal while nothing can fork. Throws in_use where they cannot be frozen.
void signal_frozen(const CgroupLayout& layout, const std::string& path, const std::string& members, int signal) {
  const bool was_frozen = is_cgroup_frozen(layout, path);
  if (!was_frozen) freeze_cgroup(layout, path, kSecond);
  try {
    signal_members(members, signal);
  } catch (const Error&) {
    if (!was_frozen) thaw_cgroup(layout, path);
    throw;
  }
  // kernel: v1 keeps even the killed where they are until they are thawed.
  if (!was_frozen || signal == SIGKILL) thaw_cgroup(layout, path);
}

}  // namespace

std::vector<pid_t> processes_below(const std::string& directory) {
  std::vector<pid_t> out;
  if (!directory.empty()) add_members(directory, 0, out);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::vector<pid_t> cgroup_processes(const CgroupLayout& layout, const std::string& path) {
  return processes_below(members_directory(layout, path));
}

void freeze_cgroup(const CgroupLayout& layout, const std::string& path, Nanoseconds patience) {
  // A hybrid's container may be in both; the v1 file is where others look.
  if (const std::string v1 = v1_freezer_directory(layout, path); !v1.empty()) return freeze_v1(v1, patience);
  if (const std::string v2 = unified_directory(layout, path); !v2.empty()) return freeze_v2(v2, patience);
  throw_no_freezer(layout, path);
}

void thaw_cgroup(const CgroupLayout& layout, const std::string& path) {
  if (const std::string v1 = v1_freezer_directory(layout, path); !v1.empty())
    return write_cgroup({v1, "freezer.state", "THAWED"});
  if (const std::string v2 = unified_directory(layout, path); !v2.empty())
    return write_cgroup({v2, "cgroup.freeze", "0"});
  throw_no_freezer(layout, path);
}

bool is_cgroup_frozen(const CgroupLayout& layout, const std::string& path) {
  if (const std::string v1 = v1_freezer_directory(layout, path); !v1.empty())
    return find_cgroup_number(v1, "freezer.self_freezing") == uint64_t{1};
  const std::string v2 = unified_directory(layout, path);
  return !v2.empty() && find_cgroup_number(v2, "cgroup.freeze") == uint64_t{1};
}

void signal_cgroup(const CgroupLayout& layout, const std::string& path, int signal) {
  const std::string members = members_directory(layout, path);
  if (members.empty()) throw_error(ErrorKind::not_found, "the cgroup ", printable(path), " does not exist");
  const std::string unified = unified_directory(layout, path);
  if (signal == SIGKILL && members == unified && is_cgroup_there(cat(unified, "/cgroup.kill")))
    return write_cgroup({unified, "cgroup.kill", "1"});
  try {
    return signal_frozen(layout, path, members, signal);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::in_use && error.kind() != ErrorKind::unsupported) throw;
  }
  // Without a freezer: a few rounds, so that what was forked meanwhile is killed too. Others are not sent twice.
  for (int round = 0; round < (signal == SIGKILL ? 100 : 1) && !processes_below(members).empty(); ++round) {
    signal_members(members, signal);
    if (signal == SIGKILL) pause_for(1'000'000);
  }
}

bool wait_cgroup_empty(const CgroupLayout& layout, const std::string& path, Nanoseconds patience) {
  const Nanoseconds deadline = monotonic_now() + patience;
  const std::string members = members_directory(layout, path);
  for (Nanoseconds wait = 50'000; !processes_below(members).empty();
       wait = std::min<Nanoseconds>(2 * wait, 20'000'000)) {
    if (monotonic_now() >= deadline) return false;
    pause_for(wait);
  }
  return true;
}

}  // namespace minidock::linux
