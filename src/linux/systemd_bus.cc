#include "linux/systemd_bus.h"

#include <unistd.h>

#include <cstdlib>
#include <map>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "linux/systemd_library.h"
#include "linux/systemd_message.h"

namespace minidock::linux {
namespace {

constexpr uint64_t kCallMicroseconds = 25'000'000;  // sd-bus's own default

struct BusFailure : BusError {
  ~BusFailure() { systemd_library().error_free(this); }
  bool is(std::string_view wanted) const {
    return name != nullptr && std::string_view(name) == cat("org.freedesktop.systemd1.", wanted);
  }
};

// What systemd says of its jobs, from the moment that it is asked for one.
struct JobWatch {
  std::map<std::string, std::string> results;  // job's path -> "done", "failed", …
  sd_bus_slot* slot = nullptr;
  ~JobWatch() { systemd_library().slot_unref(slot); }
};

// sd_booted(3)
bool is_booted() {
  return ::access("/run/systemd/system", F_OK) == 0;
}

int note_removed_job(sd_bus_message* message, void* owner, BusError*) {
  uint32_t id = 0;
  const char *job = nullptr, *unit = nullptr, *result = nullptr;
  if (systemd_library().read(message, "uoss", &id, &job, &unit, &result) < 0) return 0;
  static_cast<JobWatch*>(owner)->results[job] = result;
  return 0;
}

}  // namespace

struct SystemBus::Connection {
  sd_bus* bus = nullptr;
  std::optional<int> version;

  ~Connection() {
    if (bus != nullptr) systemd_library().flush_close_unref(bus);
  }

  // The job's path where the reply has one. False: refused, and `failure` says why.
  bool try_call(const ManagerCall& call, BusFailure& failure, std::string* job = nullptr) const {
    const SystemdLibrary& library = systemd_library();
    sd_bus_message* reply = nullptr;
    if (library.call(bus, call.get(), kCallMicroseconds, &failure, &reply) < 0) return false;
    const char* path = nullptr;
    if (job != nullptr && library.read(reply, "o", &path) > 0) *job = path;
    library.message_unref(reply);
    return true;
  }
  int ask_version() const;  // 0 where it does not tell
  void subscribe(JobWatch& watch) const;
  void wait_for(JobWatch& watch, const std::string& job, const std::string& what, Nanoseconds patience) const;
  void reset_failed(const std::string& unit) const {
    ManagerCall call(bus, "ResetFailedUnit");
    call.add(unit);
    BusFailure ignored;
    try_call(call, ignored);
  }
};

int SystemBus::Connection::ask_version() const {
  BusFailure failure;
  char* text = nullptr;
  if (systemd_library().get_property_string(bus, kManagerName, kManagerPath, kManagerInterface, "Version", &failure,
                                            &text) < 0)
    return 0;
  // "252.30-1~deb12u2", "v252" from older ones.
  const int number = std::atoi(text + (*text == 'v' ? 1 : 0));
  std::free(text);
  return number;
}

// order: before the job is asked for, or its end may be missed.
void SystemBus::Connection::subscribe(JobWatch& watch) const {
  check_bus(systemd_library().match_signal(bus, &watch.slot, kManagerName, kManagerPath, kManagerInterface,
                                           "JobRemoved", note_removed_job, &watch),
            "watch systemd's jobs");
  // org.freedesktop.systemd1(5): signals are sent only while somebody has subscribed.
  const ManagerCall call(bus, "Subscribe");
  BusFailure failure;
  if (!try_call(call, failure) && !failure.is("AlreadySubscribed"))
    throw_error(ErrorKind::internal,
                "cannot watch systemd's jobs: ", printable(failure.message ? failure.message : ""));
}

void SystemBus::Connection::wait_for(JobWatch& watch, const std::string& job, const std::string& what,
                                     Nanoseconds patience) const {
  const SystemdLibrary& library = systemd_library();
  const Nanoseconds deadline = monotonic_now() + patience;
  while (!watch.results.contains(job)) {
    const int done = library.process(bus, nullptr);
    check_bus(done, "read from the system bus");
    if (done > 0) continue;
    const Nanoseconds left = deadline - monotonic_now();
    if (left <= 0) throw_error(ErrorKind::in_use, "cannot ", what, ": systemd has not finished the job in time");
    check_bus(library.wait(bus, static_cast<uint64_t>(left / 1000 + 1)), "wait for the system bus");
  }
  const std::string& result = watch.results[job];
  if (result != "done")
    throw_error(ErrorKind::internal, "cannot ", what, ": systemd's job ended as ", printable(result));
}

SystemBus::SystemBus(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
SystemBus::SystemBus(SystemBus&&) noexcept = default;
SystemBus& SystemBus::operator=(SystemBus&&) noexcept = default;
SystemBus::~SystemBus() = default;

bool SystemBus::can_open() {
  return can_load_libraries();
}

bool SystemBus::keeps_cgroups() {
  return is_booted() && can_open() && ::access("/run/dbus/system_bus_socket", F_OK) == 0 &&
         find_file_text(AT_FDCWD, "/proc/1/comm") == "systemd\n";
}

SystemBus SystemBus::open() {
  if (!is_booted())
    throw_error(ErrorKind::unsupported,
                "cannot use the systemd cgroup driver: this host was not booted with systemd; use cgroupfs");
  const SystemdLibrary& library = systemd_library();
  auto connection = std::make_unique<Connection>();
  if (const int result = library.open_system(&connection->bus); result < 0)
    throw_error(ErrorKind::unsupported, "cannot use the systemd cgroup driver: no system bus: ", errno_text(-result));
  return SystemBus(std::move(connection));
}

int SystemBus::version() {
  if (!connection_->version) connection_->version = connection_->ask_version();
  return *connection_->version;
}

void SystemBus::start_scope(const SystemdPlace& place, pid_t pid, const std::vector<UnitProperty>& properties,
                            bool delegate, Nanoseconds patience) {
  const bool is_slice = place.unit.ends_with(".slice");
  std::vector<UnitProperty> all = {{"Description", cat("container ", place.unit)}, {"DefaultDependencies", false}};
  for (const char* accounting : {"MemoryAccounting", "CPUAccounting", "TasksAccounting", "IOAccounting"})
    all.push_back({accounting, true});
  if (is_slice) {
    all.push_back({"Wants", std::vector<std::string>{place.slice}});
  } else {
    all.push_back({"Slice", place.slice});
    all.push_back({"PIDs", std::vector<uint32_t>{static_cast<uint32_t>(pid)}});
    all.push_back({"Delegate", delegate});
  }
  // Later ones win: what the caller asks for by name goes last.
  all.insert(all.end(), properties.begin(), properties.end());

  JobWatch watch;
  connection_->subscribe(watch);
  const std::string what = cat("start unit ", place.unit);
  for (bool again = false;; again = true) {
    ManagerCall call(connection_->bus, "StartTransientUnit");
    call.add(place.unit);
    call.add(std::string("fail"));
    call.add(all);
    call.add_no_auxiliary_units();
    BusFailure failure;
    std::string job;
    if (connection_->try_call(call, failure, &job)) return connection_->wait_for(watch, job, what, patience);
    const std::string reason = printable(failure.message ? failure.message : "no answer from systemd");
    if (!failure.is("UnitExists")) throw_error(ErrorKind::internal, "cannot ", what, ": ", reason);
    if (again) throw_error(ErrorKind::conflict, "cannot ", what, ": ", reason);
    // A unit that failed stays until somebody has looked at it.
    connection_->reset_failed(place.unit);
  }
}

void SystemBus::stop_unit(const std::string& unit, Nanoseconds patience) {
  JobWatch watch;
  connection_->subscribe(watch);
  ManagerCall call(connection_->bus, "StopUnit");
  call.add(unit);
  call.add(std::string("replace"));
  BusFailure failure;
  std::string job;
  if (connection_->try_call(call, failure, &job))
    connection_->wait_for(watch, job, cat("stop unit ", unit), patience);
  else if (!failure.is("NoSuchUnit"))
    throw_error(ErrorKind::internal, "cannot stop unit ", unit, ": ",
                printable(failure.message ? failure.message : "no answer from systemd"));
  connection_->reset_failed(unit);
}

void SystemBus::set_properties(const std::string& unit, const std::vector<UnitProperty>& properties) {
  if (properties.empty()) return;
  ManagerCall call(connection_->bus, "SetUnitProperties");
  call.add(unit);
  call.add(true);  // for as long as the unit runs
  call.add(properties);
  BusFailure failure;
  if (connection_->try_call(call, failure)) {
    // race: systemd answers first and writes to the cgroup when it next goes round, before it looks at another call.
    connection_->ask_version();
    return;
  }
  throw_error(failure.is("NoSuchUnit") ? ErrorKind::not_found : ErrorKind::internal, "cannot change unit ", unit, ": ",
              printable(failure.message ? failure.message : "no answer from systemd"));
}

}  // namespace minidock::linux
