#include <pwd.h>

#include "cli/output.h"
#include "cli/runtime/settings.h"
#include "cli/runtime/state_json.h"
#include "cli/runtime/verbs.h"

namespace minidock::cli {
namespace {

class RuntimeState : public Command {
 public:
  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    const auto container = runtime::Container::load(context.runtime().state_root(), operands[0]);
    print_line(runtime_state_json(container).dump(2));
    return 0;
  }
};

}  // namespace

nlohmann::ordered_json runtime_state_json(const runtime::Container& container) {
  const runtime::Record& record = container.record();
  const oci::State state = container.state(container.status());
  nlohmann::ordered_json out = {
      {"ociVersion", state.oci_version}, {"id", state.id},         {"pid", state.pid},  // runc's: 0 where there is none
      {"status", state.status},          {"bundle", state.bundle}, {"rootfs", record.rootfs},
      {"created", record.created}};
  if (!state.annotations.empty()) out["annotations"] = state.annotations;
  out["owner"] = owner_name(record.owner);
  return out;
}

std::string owner_name(uint32_t uid) {
  // Not getpwuid(3): it loads the modules of nsswitch.conf, which a static program cannot.
  const std::unique_ptr<FILE, int (*)(FILE*)> users(fopen("/etc/passwd", "re"),
                                                    [](FILE* file) { return file ? fclose(file) : 0; });
  while (const passwd* entry = users ? fgetpwent(users.get()) : nullptr) {
    if (entry->pw_uid == uid) return entry->pw_name;
  }
  return cat(uid);
}

std::unique_ptr<Command> make_runtime_state() {
  return std::make_unique<RuntimeState>();
}

}  // namespace minidock::cli
