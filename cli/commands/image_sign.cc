// image sign and image verify: docs/signatures.md.
#include <unistd.h>

#include "base/file.h"
#include "cli/commands/commands.h"
#include "cli/new_file.h"
#include "cli/output.h"
#include "cli/prompt.h"
#include "cli/terminal.h"
#include "engine/signing.h"

namespace minidock::cli {
namespace {

constexpr size_t kPassphraseBytes = 1024;  // as many as OpenSSL takes

std::string read_passphrase(const std::string& file) {
  if (!file.empty()) {
    std::string text =
        file == "-" ? read_fd(STDIN_FILENO, kPassphraseBytes) : read_file(AT_FDCWD, file, kPassphraseBytes);
    text.resize(std::min(text.size(), text.find('\n')));  // as openssl: its first line
    return text;
  }
  // Asked for on standard output, which may have to be the signature and nothing else.
  if (!is_terminal(STDIN_FILENO) || !is_terminal(STDOUT_FILENO)) {
    throw_error(ErrorKind::invalid, "it is encrypted, and there is no terminal to ask at: give --passphrase-file FILE");
  }
  return ask_secret("Passphrase: ");
}

class ImageSign : public Command {
 public:
  void declare(Options& options) override {
    options.text("--key", sign_.key);
    options.text("--name", sign_.name);
    options.text("-o,--output", output_);
    options.text("--passphrase-file", passphrase_file_);
    options.text("--signature", made_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    check();
    sign_.image = operands[0];
    sign_.passphrase = [this] { return read_passphrase(passphrase_file_); };
    store::Store& store = context.engine().store();
    const oci::ImageSignature signature =
        made_.empty() ? engine::sign_image(store, sign_) : engine::read_signature_file(made_);
    if (!output_.empty()) {
      write(signature);
    } else {
      engine::attach_signature(store, sign_.image, signature);
    }
    if (output_ != "-") print_line(cat(signature.key.hex(), "  ", signature.claim.repository));
    return 0;
  }

 private:
  void check() const {
    if (sign_.key.empty() == made_.empty()) {
      throw_error(ErrorKind::invalid,
                  "give either --key FILE, to sign with, or --signature FILE, that is made already");
    }
    if (made_.empty()) return;
    if (sign_.name || !output_.empty() || !passphrase_file_.empty()) {
      throw_error(ErrorKind::invalid,
                  "--name, --output and --passphrase-file are for --key: a signature is what it is");
    }
  }

  void write(const oci::ImageSignature& signature) const {
    const std::string text = cat(oci::to_json(signature), "\n");
    if (output_ == "-") return write_all(STDOUT_FILENO, text);
    NewFile file(output_);
    write_all(file.fd(), text);
    file.keep();
  }

  engine::SignOptions sign_;
  std::string output_, passphrase_file_, made_;
};

class ImageVerify : public Command {
 public:
  void declare(Options& options) override {
    options.list("--key", verify_.keys);
    options.text("--name", verify_.name);
    options.list("--signature", verify_.signatures);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    verify_.image = operands[0];
    engine::Engine& engine = context.engine();
    for (const auto& line : engine::verify_image(engine.store(), engine.trust(), verify_).lines) {
      print_line(cat(line.key.hex(), "  ", line.repository, "  ", printable(line.origin)));
    }
    return 0;
  }

 private:
  engine::VerifyOptions verify_;
};

}  // namespace

std::unique_ptr<Command> make_image_sign() {
  return std::make_unique<ImageSign>();
}

std::unique_ptr<Command> make_image_verify() {
  return std::make_unique<ImageVerify>();
}

}  // namespace minidock::cli
