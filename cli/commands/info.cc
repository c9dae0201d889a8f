#include <archive.h>
#include <sqlite3.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>

#include "base/file.h"
#include "cli/commands/commands.h"
#include "cli/format/inspect.h"
#include "cli/output.h"
#include "cli/version.h"
#include "cli/view/host_view.h"

namespace minidock::cli {
namespace {

// What SQLite left beside the database tells how it journals: a log, or a rollback journal that is kept.
std::string journal_mode(const std::string& root) {
  if (exists_at(AT_FDCWD, cat(root, "/minidock.db-wal"))) return "wal";
  return exists_at(AT_FDCWD, cat(root, "/minidock.db-journal")) ? "persist" : "delete";
}

// As uname says it, as docker's info does; version has the name that images use.
std::string machine() {
  utsname names{};
  return uname(&names) == 0 ? names.machine : "";
}

std::string host_name() {
  utsname names{};
  return uname(&names) == 0 ? names.nodename : "";
}

class Info : public Command {
 public:
  void declare(Options& options) override { options.text("-f,--format", format_); }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 0, 0);
    const Json info = collect(context);
    print(format_.empty() ? text_of(info) : format::object_text(format_, info));
    return 0;
  }

 private:
  static Json collect(Context& context) {
    engine::Engine& engine = context.engine();
    const engine::Location location = context.location();
    const auto containers = engine.list();
    const auto in_state = [&](engine::ContainerState state) {
      return std::count_if(containers.begin(), containers.end(), [&](const auto& view) { return view.state == state; });
    };
    const auto running = in_state(engine::ContainerState::running), paused = in_state(engine::ContainerState::paused);
    return Json{{"Containers", containers.size()},
                {"ContainersRunning", running},
                {"ContainersPaused", paused},
                {"ContainersStopped", static_cast<int64_t>(containers.size()) - running - paused},
                {"Images", engine.store().list_images().size()},
                {"Driver", engine.store().driver_name()},
                {"DriverStatus", Json::array({Json::array({"Chosen", engine.store().driver_reason()})})},
                {"DockerRootDir", location.root},
                {"RunRoot", location.run_root},
                {"LoggingDriver", context.settings().log_driver.value},
                {"CgroupDriver", engine::cgroup_driver()},
                {"CgroupVersion", cgroup_version()},
                {"KernelVersion", kernel_release()},
                {"OperatingSystem", operating_system()},
                {"OSType", "linux"},
                {"Architecture", machine()},
                {"NCPU", sysconf(_SC_NPROCESSORS_ONLN)},
                {"MemTotal", total_memory()},
                {"Name", host_name()},
                {"ServerVersion", kVersion},
                {"JournalMode", journal_mode(location.root)},
                {"SqliteVersion", sqlite3_libversion()},
                {"ArchiveVersion", archive_version_string()},
                {"Warnings", warnings()}};
  }

  static Json warnings() {
    Json list = Json::array();
    if (geteuid() != 0) list.push_back("not root: containers cannot be started");
    if (cgroup_version() == "none mounted") list.push_back("no cgroup hierarchy is mounted: limits cannot be set");
    const std::string swap = find_file_text(AT_FDCWD, "/proc/swaps").value_or("");
    if (std::count(swap.begin(), swap.end(), '\n') > 1 && cgroup_version() == "1" &&
        !exists_at(AT_FDCWD, "/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes")) {
      list.push_back("no swap limit support: --memory-swap has no effect");
    }
    return list;
  }

  static std::string text_of(const Json& info) {
    const auto text = [&](const char* key) {
      return info[key].is_string() ? info[key].get<std::string>() : info[key].dump();
    };
    std::string out =
        cat("Containers: ", text("Containers"), "\n Running: ", text("ContainersRunning"),
            "\n Stopped: ", text("ContainersStopped"), "\nImages: ", text("Images"),
            "\nServer Version: ", text("ServerVersion"), "\nStorage Driver: ", text("Driver"),
            "\n Chosen: ", info["DriverStatus"][0][1].get<std::string>(), "\n SQLite: ", text("SqliteVersion"),
            ", journal mode ", text("JournalMode"), "\n libarchive: ", text("ArchiveVersion"),
            "\nLogging Driver: ", text("LoggingDriver"), "\nCgroup Driver: ", text("CgroupDriver"),
            "\nCgroup Version: ", text("CgroupVersion"), "\nKernel Version: ", text("KernelVersion"),
            "\nOperating System: ", text("OperatingSystem"), "\nOSType: ", text("OSType"),
            "\nArchitecture: ", text("Architecture"), "\nCPUs: ", text("NCPU"),
            "\nTotal Memory: ", human_bytes(info["MemTotal"].get<uint64_t>()), "\nName: ", text("Name"),
            "\nRoot Dir: ", text("DockerRootDir"), "\nRun Root Dir: ", text("RunRoot"), "\n");
    for (const Json& warning : info["Warnings"]) out += cat("WARNING: ", warning.get<std::string>(), "\n");
    return out;
  }

  std::string format_;
};

}  // namespace

std::unique_ptr<Command> make_info() {
  return std::make_unique<Info>();
}

}  // namespace minidock::cli
