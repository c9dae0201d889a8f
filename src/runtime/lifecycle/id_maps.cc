#include "runtime/lifecycle/id_maps.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"

namespace minidock::runtime {

namespace {

void write_proc(const LiveProcess& process, const char* file, std::string_view text) {
  const Fd fd = open_file(process.proc(), file, O_WRONLY);
  // kernel: a map is taken as a whole by one write, and only once.
  if (::write(fd.get(), text.data(), text.size()) < 0) throw_errno("write ", file, " of the new user namespace");
}

bool is_own_id_alone(const std::vector<oci::IdMapping>& mappings, uint32_t own) {
  return mappings.size() == 1 && mappings[0].size == 1 && mappings[0].host_id == own;
}

// newuidmap PID CONTAINER HOST SIZE…: set-user-ID programs that know which ids /etc/subuid gives to the caller.
void run_map_program(const char* program, int pid, const std::vector<oci::IdMapping>& mappings) {
  std::vector<std::string> words = {program, cat(pid)};
  for (const oci::IdMapping& mapping : mappings) {
    for (const uint32_t number : {mapping.container_id, mapping.host_id, mapping.size}) words.push_back(cat(number));
  }
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (const int failure = posix_spawnp(&child, program, nullptr, nullptr, arguments.data(), environ); failure != 0)
    throw_errno_message(failure, cat("execute ", program, ", which maps the container's ids; install uidmap"));
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) throw_error(ErrorKind::permission, program, " refused the container's id mappings");
}

}  // namespace

std::string id_map_text(const std::vector<oci::IdMapping>& mappings) {
  std::string text;
  for (const oci::IdMapping& mapping : mappings)
    text += cat(mapping.container_id, ' ', mapping.host_id, ' ', mapping.size, '\n');
  return text;
}

void write_id_maps(const LiveProcess& process, const std::vector<oci::IdMapping>& uids,
                   const std::vector<oci::IdMapping>& gids) {
  if (geteuid() == 0) {
    write_proc(process, "uid_map", id_map_text(uids));
    write_proc(process, "gid_map", id_map_text(gids));
  } else if (is_own_id_alone(uids, geteuid()) && is_own_id_alone(gids, getegid())) {
    write_proc(process, "uid_map", id_map_text(uids));
    // kernel: who has no privilege may map its group only after setgroups is off for good (CVE-2014-8989).
    write_proc(process, "setgroups", "deny");
    write_proc(process, "gid_map", id_map_text(gids));
  } else {
    run_map_program("newuidmap", process.pid(), uids);
    run_map_program("newgidmap", process.pid(), gids);
  }
}

}  // namespace minidock::runtime
