#include "runtime/lifecycle/criu.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "oci/json_fields.h"
#include "runtime/lifecycle/bundle_source.h"
#include "runtime/lifecycle/host_program.h"
#include "runtime/lifecycle/new_record.h"
#include "runtime/lifecycle/pid_file.h"

namespace minidock::runtime {

namespace {

constexpr const char* kStreamsFile = "descriptors.json";  // beside CRIU's own images

const std::string& work_directory(const CriuOptions& options) {
  return options.work.empty() ? options.images : options.work;
}

bool is_bind(const oci::Mount& mount) {
  for (const std::string& option : mount.options) {
    if (option == "bind" || option == "rbind") return true;
  }
  return mount.type == "bind";
}

void add_common(std::vector<std::string>& words, const CriuOptions& options) {
  const auto add_if = [&](bool wanted, const char* word) {
    if (wanted) words.emplace_back(word);
  };
  words.insert(words.end(), {"--images-dir", options.images, "--work-dir", work_directory(options)});
  add_if(options.tcp_established, "--tcp-established");
  add_if(options.external_unix_sockets, "--ext-unix-sk");
  add_if(options.shell_job, "--shell-job");
  add_if(options.file_locks, "--file-locks");
  add_if(options.auto_dedup, "--auto-dedup");
  add_if(options.lazy_pages, "--lazy-pages");
  words.push_back(cat("--manage-cgroups=", options.cgroups_mode.empty() ? "soft" : options.cgroups_mode));
  for (const std::string& name : options.empty_namespaces) {
    if (name != "network")
      throw_error(ErrorKind::invalid, "--empty-ns ", printable(name), ": only network can be empty");
    words.insert(words.end(), {"--empty-ns", "net"});
  }
}

// Files and directories of the host in the container: by their place in it when saved, by their source when restored.
void add_external_mounts(std::vector<std::string>& words, const oci::Spec& spec, bool restoring) {
  for (const oci::Mount& mount : spec.mounts) {
    if (!is_bind(mount)) continue;
    words.insert(words.end(),
                 {"--external", cat("mnt[", mount.destination, "]:", restoring ? mount.source : mount.destination)});
  }
}

// CRIU looks for it from within the images' directory, and fails late and darkly.
void require_parent(const CriuOptions& options) {
  if (options.parent.empty()) return;
  if (options.parent[0] == '/') {
    throw_error(ErrorKind::invalid, "--parent-path ", printable(options.parent), ": must be relative to --image-path");
  }
  const std::string whole = cat(options.images, "/", options.parent);
  if (!find_file(AT_FDCWD, whole, O_PATH | O_DIRECTORY))
    throw_error(ErrorKind::not_found, "--parent-path ", printable(options.parent), ": no directory ", printable(whole));
}

std::vector<std::string> streams_of(const LiveProcess& process) {
  std::vector<std::string> out;
  for (int fd = 0; fd <= 2; ++fd) {
    char target[256];
    const ssize_t length = readlinkat(process.proc(), cat("fd/", fd).c_str(), target, sizeof target);
    out.emplace_back(target, length > 0 ? static_cast<size_t>(length) : 0);
  }
  return out;
}

// `root`: CRIU wants a root to be a mount of its own, so it gets a mount namespace where it is one.
void run_criu(const CriuOptions& options, const std::vector<std::string>& words, const std::string& log,
              const std::string& root) {
  const int status = run_program(options.program, words, {.output = -1, .root = root});
  if (status == 0) return;
  throw_error(ErrorKind::internal, "criu ", words[0], " failed; its log is ", work_directory(options), "/", log);
}

std::vector<std::string> read_streams(const std::string& images) {
  const nlohmann::json list =
      oci::parse_json(read_file(AT_FDCWD, cat(images, "/", kStreamsFile)), kStreamsFile, ErrorKind::corrupt);
  std::vector<std::string> out;
  for (const auto& one : list) out.push_back(one.is_string() ? one.get<std::string>() : "");
  return out;
}

}  // namespace

void require_criu(const std::string& program) {
  const Fd output(memfd_create("criu-check", MFD_CLOEXEC));
  if (!output) throw_errno("make a memory file");
  const int status = run_program(program, {"check", "--log-file", "/dev/stdout"}, {.output = output.get()});
  if (status == 0) return;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
    throw_error(ErrorKind::unsupported, "checkpoint and restore need the program ", printable(program),
                ", which this host does not have; install criu");
  }
  lseek(output.get(), 0, SEEK_SET);
  std::string reason;
  for (const std::string& line : split(read_fd(output.get(), 1 << 20), '\n')) {
    if (line.find("Error") != std::string::npos) reason = cat(": ", printable(trim(line)));
  }
  throw_error(ErrorKind::unsupported, "checkpoint and restore do not work here: criu check fails on this kernel",
              reason);
}

std::vector<std::string> dump_words(const Record& record, const oci::Spec& spec, const CriuOptions& options) {
  std::vector<std::string> words = {options.pre_dump ? "pre-dump" : "dump",
                                    "--tree",
                                    cat(record.init.pid),
                                    "--root",
                                    record.rootfs,
                                    "--log-file",
                                    "dump.log"};
  add_common(words, options);
  if (options.leave_running && !options.pre_dump) words.emplace_back("--leave-running");
  if (options.pre_dump || !options.parent.empty()) words.emplace_back("--track-mem");
  if (!options.parent.empty()) words.insert(words.end(), {"--prev-images-dir", options.parent});
  if (!options.page_server.empty()) {
    const size_t colon = options.page_server.rfind(':');
    if (colon == std::string::npos) throw_error(ErrorKind::invalid, "--page-server: use ADDRESS:PORT");
    words.insert(words.end(), {"--page-server", "--address", options.page_server.substr(0, colon), "--port",
                               options.page_server.substr(colon + 1)});
  }
  add_external_mounts(words, spec, false);
  return words;
}

std::vector<std::string> restore_words(const oci::Spec& spec, const CriuOptions& options,
                                       const std::vector<std::string>& streams, const std::string& pid_file) {
  std::vector<std::string> words = {"restore", "--restore-detached", "--root",     spec.root_path, "--pidfile",
                                    pid_file,  "--log-file",         "restore.log"};
  add_common(words, options);
  for (size_t fd = 0; fd < streams.size(); ++fd) {
    if (streams[fd].starts_with("pipe:"))
      words.insert(words.end(), {"--inherit-fd", cat("fd[", fd, "]:", streams[fd])});
  }
  add_external_mounts(words, spec, true);
  return words;
}

void checkpoint(Container& container, const CriuOptions& options) {
  const Status status = container.status();
  if (status != Status::running && status != Status::paused)
    throw_error(ErrorKind::in_use, "container not running: only one that runs can be saved");
  const auto init = LiveProcess::find(container.record().init);
  if (!init) throw_error(ErrorKind::not_found, "container not running");
  require_parent(options);
  require_criu(options.program);
  for (const std::string& directory : {options.images, work_directory(options)}) ensure_dir(AT_FDCWD, directory, 0700);
  const std::string streams = oci::dump_json(nlohmann::json(streams_of(*init)));
  run_criu(options, dump_words(container.record(), container.spec(), options), "dump.log", "");
  const Fd images = open_dir(AT_FDCWD, options.images);
  write_file(images.get(), kStreamsFile, streams);
  if (options.leave_running || options.pre_dump) return;
  // CRIU has killed it; the kernel may be a moment behind.
  init->wait(10 * kSecond);
  container.remove();
}

Container restore(const std::string& root, const std::string& id, const CreateOptions& creation,
                  const CriuOptions& options) {
  StateDirectory::require_free(root, id);
  require_criu(options.program);
  const BundleSource source = load_bundle(creation.bundle);
  const std::vector<std::string> streams = read_streams(options.images);
  return Container::adopt(
      root, new_record(source, id, linux::read_cgroup_layout()), source.config, [&](const std::string& directory) {
        const std::string pid_file = cat(directory, "/restored.pid");
        run_criu(options, restore_words(source.spec, options, streams, pid_file), "restore.log", source.spec.root_path);
        const auto pid = parse_int(trim(read_file(AT_FDCWD, pid_file)));
        if (!pid || *pid <= 0) throw_error(ErrorKind::internal, "criu wrote no process number to ", pid_file);
        if (!creation.pid_file.empty()) write_pid_file(creation.pid_file, static_cast<int>(*pid));
        return static_cast<int>(*pid);
      });
}

}  // namespace minidock::runtime
