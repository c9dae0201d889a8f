#include <openssl/evp.h>

#include "base/error.h"
#include "base/text.h"
#include "oci/digest.h"
#include "oci/image_config.h"

namespace minidock::oci {

ChainId chain_id(const std::vector<DiffId>& diff_ids) {
  if (diff_ids.empty()) throw_error(ErrorKind::invalid, "cannot name a stack of no layers");
  Digest chain = diff_ids.front().digest;
  // spec: config.md "Layer ChainID": the digest of "ChainID(below) DiffID", both with their algorithm.
  for (size_t i = 1; i < diff_ids.size(); ++i) chain = sha256(cat(chain.text(), " ", diff_ids[i].text()));
  return ChainId{chain};
}

ImageId image_id(std::string_view config_json) {
  return ImageId{sha256(config_json)};
}

struct Hasher::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Hasher::Hasher() : state_(std::make_unique<State>()) {
  if (state_->context == nullptr || EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) != 1) {
    throw_error(ErrorKind::internal, "cannot start SHA-256: OpenSSL refuses it");
  }
}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::update(std::string_view data) {
  if (EVP_DigestUpdate(state_->context, data.data(), data.size()) != 1) {
    throw_error(ErrorKind::internal, "cannot continue SHA-256: OpenSSL refuses the data");
  }
}

Digest Hasher::finish() {
  std::array<uint8_t, 32> bytes;
  unsigned size = 0;
  if (EVP_DigestFinal_ex(state_->context, bytes.data(), &size) != 1 || size != bytes.size()) {
    throw_error(ErrorKind::internal, "cannot finish SHA-256: OpenSSL refuses it");
  }
  return Digest(bytes);
}

}  // namespace minidock::oci
