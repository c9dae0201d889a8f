#include "engine/command_facts.h"

#include <sys/statvfs.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "engine/launching.h"
#include "engine/mount_sources.h"
#include "linux/detached_mount.h"
#include "linux/resolve.h"
#include "oci/path.h"

namespace minidock::engine {

namespace {

// What is mounted on the tree: the files of a bind or a volume, or none for memory, which is empty before a start.
struct Covering {
  std::string target;  // clean
  Fd source;           // O_PATH
};

class Files {
 public:
  explicit Files(int root) : root_(root) {}

  void cover(const std::string& target, Fd source) { coverings_.push_back({target, std::move(source)}); }

  // O_PATH; nullopt where there is none, or a link leads nowhere.
  std::optional<Fd> find(const std::string& path) const {
    const Covering* covering = find_covering(path);
    if (covering == nullptr) return find_below(root_, path);
    if (!covering->source) return std::nullopt;
    return find_below(covering->source.get(), path.substr(covering->target.size()));
  }

  bool forbids_execution(const std::string& path) const {
    const Covering* covering = find_covering(path);
    if (covering == nullptr) return false;
    struct statvfs info;
    return !covering->source || (::fstatvfs(covering->source.get(), &info) == 0 && (info.f_flag & ST_NOEXEC) != 0);
  }

 private:
  const Covering* find_covering(const std::string& path) const {
    const Covering* best = nullptr;
    for (const Covering& one : coverings_) {
      const bool deeper = best == nullptr || one.target.size() > best->target.size();
      if (deeper && oci::is_within(path, one.target)) best = &one;
    }
    return best;
  }

  // security: links of the image end within the tree, and none of the kernel's magic ones is followed.
  static std::optional<Fd> find_below(int directory, const std::string& path) {
    Fd found = linux::find_in_root(directory, path, O_PATH);
    if (!found) return std::nullopt;
    return found;
  }

  int root_;
  std::vector<Covering> coverings_;
};

struct stat attributes(const Fd& file) {
  struct stat info = {};
  if (::fstatat(file.get(), "", &info, AT_EMPTY_PATH) != 0) throw_errno("look at the command");
  return info;
}

// Loaders are named near the beginning; 16 KiB holds every program header that linkers write.
std::string read_head(const Fd& file) {
  const Fd readable = open_file(AT_FDCWD, cat("/proc/self/fd/", file.get()), O_RDONLY | O_NONBLOCK);
  std::string head(16384, '\0');
  size_t size = 0;
  while (size < head.size()) {
    const size_t count = read_some(readable.get(), head.data() + size, head.size() - size);
    if (count == 0) break;
    size += count;
  }
  head.resize(size);
  return head;
}

void take_file(const Files& files, const Fd& file, CommandFacts& facts) {
  const struct stat info = attributes(file);
  facts.mode = info.st_mode;
  facts.owner = info.st_uid;
  facts.kind = S_ISDIR(info.st_mode)   ? CommandFacts::Kind::directory
               : S_ISREG(info.st_mode) ? CommandFacts::Kind::regular
                                       : CommandFacts::Kind::other;
  if (facts.kind != CommandFacts::Kind::regular) return;
  facts.forbidden_by_mount = files.forbids_execution(facts.path);
  facts.head = read_head(file);
  std::string interpreter = parse_shebang(facts.head).value_or("");
  if (const auto elf = parse_elf(facts.head)) interpreter = elf->interpreter;
  facts.interpreter_there = interpreter.empty() || files.find(interpreter).has_value();
}

std::string search_path(const ContainerConfig& config) {
  constexpr std::string_view kName = "PATH=";
  for (const std::string& variable : environment(config, "")) {
    if (variable.starts_with(kName)) return variable.substr(kName.size());
  }
  return "";
}

// As the start looks for it: the first that could be executed, else the first of that name.
void search(const Files& files, const std::string& directory, CommandFacts& facts) {
  std::optional<Fd> first;
  for (const std::string& part : split(facts.search_path, ':')) {
    const std::string path = oci::clean_path(directory, cat(part.empty() ? "." : part, "/", facts.name));
    auto file = files.find(path);
    if (!file || S_ISDIR(attributes(*file).st_mode)) continue;
    const bool executable = (attributes(*file).st_mode & 0111) != 0;
    if (first && !executable) continue;
    first = std::move(file);
    facts.path = path;
    if (executable) break;
  }
  if (first) take_file(files, *first, facts);
}

std::string diagnose_in(const Files& files, const ContainerConfig& config, const std::string& name) {
  CommandFacts facts;
  facts.name = name;
  facts.user = user(config);
  facts.shell_there = files.find("/bin/sh").has_value();
  const std::string directory = working_dir(config);
  if (name.find('/') == name.npos) {
    facts.search_path = search_path(config);
    search(files, directory, facts);
  } else {
    facts.path = oci::clean_path(directory, name);
    if (const auto file = files.find(facts.path)) take_file(files, *file, facts);
  }
  return diagnose(facts, host_elf_machine());
}

// Read-only: what the container wrote is one more layer.
Fd open_stopped_root(store::Store& store, const store::ContainerRow& row) {
  linux::OverlayDirectories overlay;
  overlay.lowers = store.open_layers(image_of(store, row));
  overlay.lowers.insert(overlay.lowers.begin(), store.container_directory(row.id) + "/upper");
  return linux::make_overlay(overlay);
}

}  // namespace

std::string diagnose_command_in(int root, const ContainerConfig& config) {
  try {
    return diagnose_in(Files(root), config, command_line(config).front());
  } catch (const Error&) {
    return "";
  }
}

std::string diagnose_command(store::Store& store, const store::ContainerRow& row, const ContainerConfig& config) {
  try {
    const Fd root = open_stopped_root(store, row);
    Files files(root.get());
    for (const MountOption& mount : config.mounts) {
      files.cover(oci::clean_path("", mount.target), find_mount_source(store, mount));
    }
    return diagnose_in(files, config, command_line(config).front());
  } catch (const Error&) {
    return "";
  }
}

}  // namespace minidock::engine
