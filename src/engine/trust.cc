#include "engine/trust.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

namespace minidock::engine {

namespace {

constexpr std::string_view kAnyName = "*";
constexpr size_t kKeyFileBytes = 16 << 10;

bool is_for(const TrustRule& rule, std::string_view repository) {
  if (rule.name == kAnyName) return true;
  if (!repository.starts_with(rule.name)) return false;
  return repository.size() == rule.name.size() || repository[rule.name.size()] == '/';
}

size_t length_of(const TrustRule& rule) {
  return rule.name == kAnyName ? 0 : rule.name.size();
}

// security: whoever can write the file decides what is trusted.
void require_safe(int fd) {
  struct stat info;
  if (fstat(fd, &info) != 0) throw_errno("look at it");
  if (!S_ISREG(info.st_mode)) throw_error(ErrorKind::invalid, "it is not a regular file");
  const bool ours = info.st_uid == 0 || info.st_uid == geteuid();
  if (ours && (info.st_mode & (S_IWGRP | S_IWOTH)) == 0) return;
  throw_error(ErrorKind::permission, "it may be changed by others than ", geteuid() == 0 ? "root" : "you",
              ": see to its owner and its mode (chmod go-w)");
}

oci::PublicKey parse_key(std::string_view pem, const std::string& origin) {
  try {
    return oci::PublicKey::from_pem(pem);
  } catch (const Error& error) {
    throw error.with_context(cat("cannot use key ", printable(origin)));
  }
}

std::string keys_text(const std::vector<TrustedKey>& keys) {
  std::vector<std::string> texts;
  for (const TrustedKey& key : keys) texts.push_back(cat(short_key(key.key.id()), " (", printable(key.origin), ")"));
  return join(texts, ", ");
}

// What there is instead of what is asked for; at most a few, as anybody may have written them.
std::string found_text(const std::vector<oci::ImageSignature>& signatures) {
  constexpr size_t kShown = 4;
  if (signatures.empty()) return "it has none";
  std::vector<std::string> texts;
  for (const oci::ImageSignature& signature : signatures) {
    if (texts.size() == kShown) break;
    texts.push_back(cat("for ", signature.claim.repository, " by a key ", short_key(signature.key)));
  }
  if (signatures.size() > kShown) texts.push_back(cat(signatures.size() - kShown, " more"));
  return cat("those it has are ", join(texts, ", "));
}

class Judge {
 public:
  explicit Judge(const TrustQuestion& question) : question_(question) {}

  void require(const TrustRule& rule, const std::string& repository) {
    if (rule.demand == TrustRule::Demand::accept) return;
    if (rule.demand == TrustRule::Demand::reject) {
      refuse(rule, cat("rejects ", repository.empty() ? "images without a name" : repository));
    }
    const std::vector<TrustedKey> keys = read_trusted_keys(rule);
    if (!signatures_) signatures_ = question_.signatures();
    if (find_signer(*signatures_, keys, question_.image, repository)) return;
    refuse(rule, cat("asks for a signature for ", repository.empty() ? "it" : repository, " by ",
                     keys.size() == 1 ? "key " : "one of the keys ", keys_text(keys), "; ", found_text(*signatures_),
                     "; ", question_.remedy));
  }

 private:
  [[noreturn]] void refuse(const TrustRule& rule, const std::string& demand) const {
    throw_error(ErrorKind::permission, "image ", printable(question_.name), " (", question_.image.digest.short_hex(),
                ") is not trusted: ", printable(rule.place), " ", demand);
  }

  const TrustQuestion& question_;
  std::optional<std::vector<oci::ImageSignature>> signatures_;
};

std::string repository_of(const std::string& canonical) {
  return oci::parse_reference(canonical).name;
}

}  // namespace

const TrustRule* TrustPolicy::find(std::string_view name) const {
  // security: of a registry's host the same is another name in an image, and none for the resolver.
  const std::string repository = lower(name);
  const TrustRule* best = nullptr;
  for (const TrustRule& rule : rules_) {
    if (is_for(rule, repository) && (best == nullptr || length_of(rule) > length_of(*best))) best = &rule;
  }
  return best;
}

TrustedKey read_trusted_key(const std::string& path) {
  std::string pem;
  try {
    const Fd fd = open_file(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    require_safe(fd.get());
    pem = read_fd(fd.get(), kKeyFileBytes);
  } catch (const Error& error) {
    throw error.with_context(cat("cannot use key ", printable(path)));
  }
  return {parse_key(pem, path), path};
}

std::vector<TrustedKey> read_trusted_keys(const TrustRule& rule) {
  std::vector<TrustedKey> keys;
  for (const std::string& source : rule.keys) {
    if (!source.starts_with('/')) {
      keys.push_back({parse_key(source, rule.place), rule.place});
      continue;
    }
    try {
      keys.push_back(read_trusted_key(source));
    } catch (const Error& error) {
      throw error.with_context(rule.place);
    }
  }
  return keys;
}

std::string short_key(const oci::Digest& id) {
  return id.hex().substr(0, 16);
}

std::optional<Signer> find_signer(const std::vector<oci::ImageSignature>& signatures,
                                  const std::vector<TrustedKey>& keys, const oci::ImageId& image,
                                  std::string_view repository) {
  for (const oci::ImageSignature& signature : signatures) {
    if (signature.claim.image != image) continue;
    if (!repository.empty() && signature.claim.repository != repository) continue;
    for (const TrustedKey& key : keys) {
      if (key.key.id() != signature.key || !oci::verify(signature, key.key)) continue;
      return Signer{key, signature.claim.repository};
    }
  }
  return std::nullopt;
}

void require_trust(const TrustPolicy& policy, const TrustQuestion& question) {
  Judge judge(question);
  const auto judge_as = [&](const std::string& repository) {
    if (const TrustRule* rule = policy.find(repository)) judge.require(*rule, repository);
  };
  for (const std::string& repository : question.repositories) judge_as(repository);
  if (question.repositories.empty()) judge_as("");
}

std::vector<std::string> repositories_meant(const store::ImageRow& image, std::string_view word) {
  std::set<std::string> all;
  for (const std::string& tag : image.tags) all.insert(repository_of(tag));
  for (const std::string& digest : image.digests) all.insert(repository_of(digest));
  // As the store finds images: a whole ID is nothing else, and a name goes before the beginning of an ID.
  if (!oci::Digest::parse(word) && !oci::Digest::parse_hex(word)) {
    try {
      const oci::Reference reference = oci::parse_reference(word);
      const auto& names = image.tags;
      const bool by_name = reference.digest
                               ? all.contains(reference.name)
                               : std::find(names.begin(), names.end(), reference.canonical()) != names.end();
      if (by_name) return {reference.name};
    } catch (const Error&) {
      // Then it is an ID: the store has found it.
    }
  }
  return {all.begin(), all.end()};
}

void require_trusted_image(const TrustPolicy& policy, const store::Store& store, const store::ImageRow& image,
                           const std::string& word) {
  if (policy.empty()) return;
  TrustQuestion question;
  question.name = word;
  question.image = image.id;
  question.repositories = repositories_meant(image, word);
  question.signatures = [&] { return store.signatures(image.id); };
  question.remedy = "get a signature by such a key and give it with `minidock image sign --signature FILE IMAGE`";
  require_trust(policy, question);
}

void require_trusted_names(const TrustPolicy& policy, const store::Store& store, const oci::ImageId& image,
                           const std::vector<oci::Reference>& names, const std::vector<oci::ImageSignature>& given,
                           const std::string& remedy) {
  if (policy.empty()) return;
  TrustQuestion question;
  question.name = names.empty() ? "without a name" : names[0].familiar();
  question.image = image;
  for (const oci::Reference& name : names) question.repositories.push_back(name.name);
  question.signatures = [&] {
    std::vector<oci::ImageSignature> signatures = store.signatures(image);
    signatures.insert(signatures.end(), given.begin(), given.end());
    return signatures;
  };
  question.remedy = remedy;
  require_trust(policy, question);
}

}  // namespace minidock::engine
