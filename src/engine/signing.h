// Signing images, and looking at their signatures: what `image sign` and `image verify` do.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/trust.h"

namespace minidock::engine {

// A file that `image sign --output` has written. Throws corrupt, invalid, not_found, with its name.
oci::ImageSignature read_signature_file(const std::string& path);
std::vector<oci::ImageSignature> read_signature_files(const std::vector<std::string>& paths);

struct SignOptions {
  std::string image;                        // as typed
  std::optional<std::string> name;          // the repository it is for; nullopt: the image's own, where it has one
  std::string key;                          // the file of a private key; "-": standard input
  std::function<std::string()> passphrase;  // asked where the key is encrypted
};
// Makes one, and keeps it nowhere.
oci::ImageSignature sign_image(store::Store& store, const SignOptions& options);
// Keeps it, once it is of that image.
void attach_signature(store::Store& store, const std::string& image, const oci::ImageSignature& signature);

struct VerifyOptions {
  std::string image;
  std::optional<std::string> name;
  std::vector<std::string> keys;        // files of public keys; none: what the policy asks for
  std::vector<std::string> signatures;  // files of signatures, beside those kept with the image
};
struct Verified {
  oci::ImageId image;
  struct Line {
    std::string repository;
    oci::Digest key;
    std::string origin;
  };
  std::vector<Line> lines;  // one for each repository that was asked about
};
// Throws permission where a signature is missing or the policy rejects the image, invalid where neither a key was given
// nor the policy asks for one.
Verified verify_image(store::Store& store, const TrustPolicy& policy, const VerifyOptions& options);

}  // namespace minidock::engine
