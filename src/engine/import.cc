// import: a root file system's archive becomes an image.
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/signals.h"
#include "base/text.h"
#include "engine/engine.h"
#include "engine/signing.h"
#include "oci/platform.h"

namespace minidock::engine {

namespace {

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}  // npos + 1 is 0

Fd open_archive(const std::string& path) {
  Fd fd;
  try {
    fd = open_file(AT_FDCWD, path, O_RDONLY);
  } catch (const Error& error) {
    throw Error(error.kind(), cat("cannot import ", printable(path), ": ", errno_text(error.error_number())),
                error.error_number());
  }
  struct stat info;
  if (::fstat(fd.get(), &info) != 0) throw_errno("cannot import ", printable(path));
  if (S_ISDIR(info.st_mode)) {
    throw_error(ErrorKind::invalid, "cannot import ", printable(path),
                ": it is a directory; pipe an archive of it: tar -C ", printable(path),
                " -c . | minidock import - NAME");
  }
  return fd;
}

std::optional<oci::Reference> choose_reference(const Engine::ImportOptions& options) {
  if (options.reference) {
    oci::Reference reference = oci::parse_reference(*options.reference);
    // security: a digest names bytes. Taken from the user it would claim that these are those.
    if (reference.digest) {
      throw_error(ErrorKind::invalid, "cannot import as ", printable(*options.reference),
                  ": a digest is found by importing, not given; leave it out");
    }
    return reference;
  }
  // Docker leaves such an image nameless; a file says well enough what it holds.
  if (options.no_name || options.path == "-") return std::nullopt;
  const auto name = oci::name_from_file(options.path);
  if (!name) return std::nullopt;
  return oci::parse_reference(*name);
}

void set_platform(oci::ImageConfig& config, const std::string& text) {
  const oci::Platform platform = text.empty() ? oci::host_platform() : oci::parse_platform(text);
  if (platform.os != "linux") {
    throw_error(ErrorKind::unsupported, "cannot import for ", printable(text), ": only linux images can be run");
  }
  config.architecture = platform.architecture;
  config.variant = platform.variant;
}

// A signature beside an archive is of what becomes of it, or it is the wrong one.
void require_of_image(const std::vector<oci::ImageSignature>& signatures, const oci::ImageId& id) {
  for (const oci::ImageSignature& signature : signatures) {
    if (signature.claim.image == id) continue;
    throw_error(ErrorKind::invalid, "the signature is of image ", signature.claim.image.text(), ", and this is ",
                id.text(), ": another archive, or other --change, --platform and --message");
  }
}

std::vector<oci::Reference> names_of(const store::ImportRequest& request) {
  if (!request.reference) return {};
  return {*request.reference};
}

}  // namespace

Engine::Imported Engine::import(const ImportOptions& options) {
  store::ImportRequest request;
  request.reference = choose_reference(options);
  for (const std::string& change : options.changes) oci::apply_change(request.config.config, change);
  if (!request.config.config.stop_signal.empty()) parse_signal(request.config.config.stop_signal);
  set_platform(request.config, options.platform);
  request.message = options.message;
  request.progress = options.progress;
  Fd archive;
  if (options.path == "-") {
    request.fd = STDIN_FILENO;
    request.source_name = "standard input";
  } else {
    archive = open_archive(options.path);
    request.fd = archive.get();
    request.source_name = file_name(options.path);
  }
  const std::vector<oci::ImageSignature> signatures = read_signature_files(options.signatures);
  request.admit = [&](const oci::ImageId& id) {
    require_of_image(signatures, id);
    require_trusted_names(trust_, store_, id, names_of(request), signatures,
                          "get one for this archive, and give it with --signature FILE");
  };
  Imported out;
  try {
    out.result = store_.import(request);
  } catch (const Error& error) {
    throw error.with_context(cat("cannot import ", printable(request.source_name)));
  }
  store_.add_signatures(out.result.id, signatures);
  if (request.reference) out.reference = request.reference->familiar();
  return out;
}

}  // namespace minidock::engine
