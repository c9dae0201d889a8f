#include <unistd.h>

#include "cli/output.h"
#include "cli/runtime/settings.h"
#include "cli/runtime/state_json.h"
#include "cli/runtime/table.h"
#include "cli/runtime/verbs.h"

namespace minidock::cli {
namespace {

using ContainerList = std::vector<nlohmann::ordered_json>;

// A container that is deleted meanwhile, or whose record is damaged, must not hide the others.
ContainerList load_all(const std::string& root) {
  ContainerList out;
  for (const std::string& id : runtime::StateDirectory::list(root)) {
    try {
      out.push_back(runtime_state_json(runtime::Container::load(root, id)));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found && error.kind() != ErrorKind::corrupt) throw;
    }
  }
  return out;
}

class RuntimeList : public Command {
 public:
  void declare(Options& options) override {
    options.text("-f,--format", format_);
    options.flag("-q,--quiet", quiet_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 0, 0);
    require_table_or_json(format_);
    const RuntimeSettings& settings = context.runtime();
    const std::string root = settings.state_root();
    if (!settings.root.empty() && access(root.c_str(), F_OK) != 0) throw_errno("list containers: ", root);
    if (quiet_) {
      for (const std::string& id : runtime::StateDirectory::list(root)) print_line(id);
      return 0;
    }
    const ContainerList containers = load_all(root);
    print(format_ == "json" ? json_text(containers) : table_text(containers));
    return 0;
  }

 private:
  static std::string json_text(const ContainerList& containers) {
    return nlohmann::ordered_json(containers).dump() + "\n";
  }

  static std::string table_text(const ContainerList& containers) {
    RuntimeTable rows = {{"ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"}};
    for (const auto& one : containers) {
      rows.push_back(
          {one["id"], cat(one["pid"].get<int64_t>()), one["status"], one["bundle"], one["created"], one["owner"]});
    }
    return aligned_table(rows, 12);
  }

  std::string format_ = "table";
  bool quiet_ = false;
};

}  // namespace

std::unique_ptr<Command> make_runtime_list() {
  return std::make_unique<RuntimeList>();
}

}  // namespace minidock::cli
