#include <unistd.h>

#include "base/file.h"
#include "cli/commands/commands.h"
#include "cli/errors.h"
#include "cli/output.h"
#include "cli/prompt.h"
#include "cli/registry_settings.h"
#include "cli/terminal.h"
#include "engine/login.h"

namespace minidock::cli {
namespace {

constexpr size_t kPasswordBytes = 16 << 10;

class Login : public Command {
 public:
  void declare(Options& options) override {
    options.text("-u,--username", login_.username);
    options.text("-p,--password", password_);
    options.flag("--password-stdin", from_input_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 0, 1);
    check();
    const std::string host = engine::registry_host(operands.empty() ? "" : operands[0]);
    const engine::RegistrySettings settings = registry_settings(context.settings());
    if (login_.username.empty() && !password_) {
      if (const auto user = engine::try_known_login(settings, host)) {
        print_line(cat("Authenticating with existing credentials... [Username: ", printable(*user), "]"));
        print_line("Login Succeeded");
        return 0;
      }
    }
    read_rest();
    const std::string file = engine::log_in(settings, host, login_);
    if (!file.empty()) {
      print_error(cat("\nWARNING! Your credentials are stored unencrypted in '", printable(file),
                      "'.\nConfigure a credential helper to remove this warning."));
    }
    print_line("Login Succeeded");
    return 0;
  }

 private:
  void check() {
    if (password_ && from_input_) {
      throw_error(ErrorKind::invalid, "conflicting options: cannot specify both --password and --password-stdin");
    }
    if (password_) {
      print_error("WARNING! Using --password via the CLI is insecure. Use --password-stdin.");
    }
    if (!from_input_) return;
    if (login_.username.empty()) {
      throw_error(ErrorKind::invalid, "the --password-stdin option requires --username to be set");
    }
    std::string text = read_fd(STDIN_FILENO, kPasswordBytes);
    while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
    password_ = text;
  }

  // What was not given is asked for.
  void read_rest() {
    if ((login_.username.empty() || !password_) && !is_terminal(STDIN_FILENO)) {
      throw_error(ErrorKind::invalid,
                  "cannot perform an interactive login from a non-TTY device; use --password-stdin");
    }
    if (login_.username.empty()) login_.username = trim(ask_line("Username: "));
    if (login_.username.empty()) throw_error(ErrorKind::invalid, "username is required");
    // spec: RFC 7617: a colon ends the name.
    if (login_.username.find(':') != std::string::npos) {
      throw_error(ErrorKind::invalid, "the username has a colon, which cannot be sent");
    }
    login_.password = password_ ? *password_ : ask_secret("Password: ");
    if (login_.password.empty()) throw_error(ErrorKind::invalid, "password is required");
  }

  engine::Login login_;
  std::optional<std::string> password_;
  bool from_input_ = false;
};

class Logout : public Command {
 public:
  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 0, 1);
    const std::string host = engine::registry_host(operands.empty() ? "" : operands[0]);
    print_line(cat("Removing login credentials for ", host == "docker.io" ? "https://index.docker.io/v1/" : host));
    engine::log_out(registry_settings(context.settings()), host);
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_login() {
  return std::make_unique<Login>();
}

std::unique_ptr<Command> make_logout() {
  return std::make_unique<Logout>();
}

}  // namespace minidock::cli
