#include "cli/version.h"

#include "cli/commands/commands.h"
#include "cli/format/inspect.h"
#include "cli/output.h"
#include "cli/view/host_view.h"

namespace minidock::cli {
namespace {

class Version : public Command {
 public:
  void declare(Options& options) override { options.text("-f,--format", format_); }

  int execute(Context&, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 0, 0);
    if (!format_.empty()) {
      print(format::object_text(format_, as_json()));
      return 0;
    }
    print(cat("minidock:\n", " Version:       ", kVersion, "\n", " OS/Arch:       linux/", oci::host_architecture(),
              "\n", " Kernel:        ", kernel_release(), "\n", " Compiler:      ", __VERSION__, "\n",
              " OCI runtime:   ", oci::Spec().oci_version, "\n"));
    return 0;
  }

 private:
  // There is no daemon: the client is the server, and scripts that ask for either get the same.
  static Json as_json() {
    const Json one = Json{{"Version", kVersion},
                          {"Os", "linux"},
                          {"Arch", oci::host_architecture()},
                          {"KernelVersion", kernel_release()},
                          {"OciVersion", oci::Spec().oci_version}};
    return Json{{"Client", one}, {"Server", one}};
  }

  std::string format_;
};

}  // namespace

std::unique_ptr<Command> make_version() {
  return std::make_unique<Version>();
}

}  // namespace minidock::cli
