// load: the images of an archive.
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "engine/engine.h"
#include "engine/signing.h"

namespace minidock::engine {

namespace {
// Docker's words, which are Go's.
Fd open_images(const std::string& path) {
  try {
    return open_file(AT_FDCWD, path, O_RDONLY);
  } catch (const Error& error) {
    throw Error(error.kind(), cat("open ", printable(path), ": ", lower(errno_text(error.error_number()))),
                error.error_number());
  }
}
}  // namespace

void Engine::load_images(const LoadOptions& options) {
  store::LoadRequest request;
  if (!options.platform.empty()) request.platform = oci::parse_platform(options.platform);
  request.spooling = options.spooling;
  request.layer_progress = options.layer_progress;
  request.loaded = options.loaded;
  request.signatures = read_signature_files(options.signatures);
  request.admit = [this](const oci::ImageId& id, const std::vector<oci::Reference>& names,
                         const std::vector<oci::ImageSignature>& signatures) {
    require_trusted_names(trust_, store_, id, names, signatures,
                          "get one by such a key, and give it with --signature FILE");
  };
  Fd archive;
  if (options.path != "-") archive = open_images(options.path);
  request.fd = archive ? archive.get() : STDIN_FILENO;
  try {
    store_.load(request);
  } catch (const Error& error) {
    throw error.with_context(cat("cannot load ", options.path == "-" ? "standard input" : printable(options.path)));
  }
}

}  // namespace minidock::engine
