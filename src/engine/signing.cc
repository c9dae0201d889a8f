#include "engine/signing.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

namespace minidock::engine {

namespace {

constexpr size_t kPrivateKeyBytes = 16 << 10;

std::string read_small_file(const std::string& path, size_t limit) {
  if (path == "-") return read_fd(STDIN_FILENO, limit);
  return read_file(AT_FDCWD, path, limit);
}

// A repository alone: what is signed is for all its tags.
std::string parse_repository(const std::string& text) {
  const oci::Reference reference = oci::parse_reference(text);
  const size_t slash = text.rfind('/');
  if (reference.digest || text.find(':', slash == std::string::npos ? 0 : slash) != std::string::npos) {
    throw_error(ErrorKind::invalid, "a signature is for a repository, not for a tag or a digest: give --name ",
                reference.familiar_name());
  }
  return reference.name;
}

std::vector<std::string> repositories_of(const store::ImageRow& image, const std::string& word,
                                         const std::optional<std::string>& name) {
  if (name) return {parse_repository(*name)};
  return repositories_meant(image, word);
}

std::string choose_repository(const store::ImageRow& image, const SignOptions& options) {
  const std::vector<std::string> choice = repositories_of(image, options.image, options.name);
  if (choice.size() == 1) return choice[0];
  throw_error(ErrorKind::invalid, "image ", printable(options.image), " has ",
              choice.empty() ? "no name" : cat("several: ", join(choice, ", ")),
              "; say with --name which the signature is for");
}

}  // namespace

oci::ImageSignature read_signature_file(const std::string& path) {
  // With room for the end of line that an editor adds.
  return oci::parse_image_signature(read_small_file(path, oci::kEnvelopeBytes + 2), printable(path));
}

std::vector<oci::ImageSignature> read_signature_files(const std::vector<std::string>& paths) {
  std::vector<oci::ImageSignature> signatures;
  for (const std::string& path : paths) signatures.push_back(read_signature_file(path));
  return signatures;
}

oci::ImageSignature sign_image(store::Store& store, const SignOptions& options) {
  const store::ImageRow image = store.load_image(options.image);
  const oci::ImageClaim claim{image.id, choose_repository(image, options)};
  try {
    const oci::PrivateKey key =
        oci::PrivateKey::from_pem(read_small_file(options.key, kPrivateKeyBytes), options.passphrase);
    return oci::sign(claim, key);
  } catch (const Error& error) {
    throw error.with_context(cat("cannot sign with ", options.key == "-" ? "standard input" : printable(options.key)));
  }
}

void attach_signature(store::Store& store, const std::string& image, const oci::ImageSignature& signature) {
  store.add_signatures(store.load_image(image).id, {signature});
}

namespace {

// --key on the command line is a rule for every name, in the place of all others.
TrustPolicy policy_of(const std::vector<std::string>& keys) {
  TrustRule rule{"*", TrustRule::Demand::signature, {}, "--key"};
  for (const std::string& key : keys) rule.keys.push_back(absolute_path(key));
  return TrustPolicy({rule});
}

}  // namespace

Verified verify_image(store::Store& store, const TrustPolicy& policy, const VerifyOptions& options) {
  const store::ImageRow image = store.load_image(options.image);
  std::vector<oci::ImageSignature> signatures = store.signatures(image.id);
  for (oci::ImageSignature& given : read_signature_files(options.signatures)) signatures.push_back(std::move(given));
  const TrustPolicy asked = options.keys.empty() ? policy : policy_of(options.keys);
  TrustQuestion question{options.image, image.id, repositories_of(image, options.image, options.name),
                         [&] { return signatures; }, "get one, and give it with --signature FILE"};
  require_trust(asked, question);
  // An image without a name is asked about as "".
  if (question.repositories.empty()) question.repositories.emplace_back();
  Verified verified{image.id, {}};
  for (const std::string& repository : question.repositories) {
    const TrustRule* rule = asked.find(repository);
    if (rule == nullptr || rule->demand != TrustRule::Demand::signature) continue;
    const auto signer = find_signer(signatures, read_trusted_keys(*rule), image.id, repository);
    if (signer) verified.lines.push_back({signer->repository, signer->key.key.id(), signer->key.origin});
  }
  if (!verified.lines.empty()) return verified;
  throw_error(ErrorKind::invalid, "no rule asks for a signature of ", printable(options.image),
              ": give the key that should have signed it with --key FILE");
}

}  // namespace minidock::engine
