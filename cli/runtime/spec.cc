#include <fcntl.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cli/runtime/verbs.h"
#include "runtime/lifecycle/default_spec.h"

namespace minidock::cli {
namespace {

class RuntimeSpec : public Command {
 public:
  void declare(Options& options) override {
    options.text("-b,--bundle", bundle_);
    options.flag("--rootless", rootless_);
  }

  int execute(Context&, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 0, 0);
    const Fd bundle = open_dir(AT_FDCWD, bundle_);
    const oci::Spec spec = rootless_ ? runtime::rootless_spec(geteuid(), getegid()) : runtime::default_spec();
    const std::string text = nlohmann::ordered_json::parse(oci::to_json(spec)).dump(4) + "\n";
    const Fd file(openat(bundle.get(), "config.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!file && errno == EEXIST) throw_error(ErrorKind::conflict, "File config.json exists. Remove it first");
    if (!file) throw_errno("write config.json");
    write_all(file.get(), text);
    return 0;
  }

 private:
  std::string bundle_ = ".";
  bool rootless_ = false;
};

}  // namespace

std::unique_ptr<Command> make_runtime_spec() {
  return std::make_unique<RuntimeSpec>();
}

}  // namespace minidock::cli
