// Which images may be used here: rules by the names of repositories, each with the keys that have to have signed
// (docs/signatures.md). Deciding reads nothing but the files of the keys that the rule names, and never the network.
//
// An image that is named is judged by the rule for that repository. One that is given by its ID is judged by the rules
// of all repositories that have it here, each for its own name; where none has it, by the rule "*".
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oci/image_signature.h"
#include "oci/reference.h"
#include "store/store.h"

namespace minidock::engine {

struct TrustRule {
  enum class Demand { accept, reject, signature };
  std::string name;  // canonical: a repository, or whole parts from its beginning; "*": what no other rule is for
  Demand demand = Demand::accept;
  std::vector<std::string> keys;  // of `signature`: an absolute path each, or a public key in PEM itself
  std::string place;              // for messages: "/etc/minidock/config.toml:3"
};

class TrustPolicy {
 public:
  TrustPolicy() = default;  // accepts all
  explicit TrustPolicy(std::vector<TrustRule> rules) : rules_(std::move(rules)) {}
  bool empty() const { return rules_.empty(); }
  // The longest that is for it; null where none is: accepted. "" is the name of what has none.
  const TrustRule* find(std::string_view name) const;

 private:
  std::vector<TrustRule> rules_;
};

// A key that signatures are tried with.
struct TrustedKey {
  oci::PublicKey key;
  std::string origin;  // its file; of one in the configuration: that place
};
// A file: owned by root or the caller, and not to be written by others. Throws invalid, permission, not_found.
TrustedKey read_trusted_key(const std::string& path);
std::vector<TrustedKey> read_trusted_keys(const TrustRule& rule);

// "06e3fd8fda29bb60": the beginning of a key's ID, for messages.
std::string short_key(const oci::Digest& id);

// Who has signed `image` for `repository` ("": for any).
struct Signer {
  TrustedKey key;
  std::string repository;
};
std::optional<Signer> find_signer(const std::vector<oci::ImageSignature>& signatures,
                                  const std::vector<TrustedKey>& keys, const oci::ImageId& image,
                                  std::string_view repository);

// What is to be judged.
struct TrustQuestion {
  std::string name;  // the user's word for it
  oci::ImageId image;
  std::vector<std::string> repositories;                         // it is to be used under all of them
  std::function<std::vector<oci::ImageSignature>()> signatures;  // asked for where a rule wants them
  std::string remedy;                                            // what the user can do where they are missing
};
// Throws permission, saying which rule asks for what, which keys were tried and which signatures there are.
void require_trust(const TrustPolicy& policy, const TrustQuestion& question);

// The repositories as which an image of the store is meant by a word: see above.
std::vector<std::string> repositories_meant(const store::ImageRow& image, std::string_view word);
// require_trust() for an image of the store that a container is about to be made of, found by that word. Nothing at all
// is read without a policy.
void require_trusted_image(const TrustPolicy& policy, const store::Store& store, const store::ImageRow& image,
                           const std::string& word);
// The same for an image that is about to get these names, or none: by what is signed in the store, and `given`.
void require_trusted_names(const TrustPolicy& policy, const store::Store& store, const oci::ImageId& image,
                           const std::vector<oci::Reference>& names, const std::vector<oci::ImageSignature>& given,
                           const std::string& remedy);

}  // namespace minidock::engine
