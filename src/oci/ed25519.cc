#include "oci/ed25519.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

#include "base/error.h"
#include "base/text.h"

namespace minidock::oci {

namespace {

constexpr size_t kSignatureBytes = 64;

struct Freer {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
template <typename Object>
using Owned = std::unique_ptr<Object, Freer>;

// security: openssl.cnf, which OPENSSL_CONF may name, could put another provider in the place of the default one.
void prepare() {
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  ERR_clear_error();
}

[[noreturn]] void fail(const char* what) {
  ERR_clear_error();
  throw_error(ErrorKind::internal, "cannot ", what, ": OpenSSL refuses it");
}

Owned<BIO> reader_of(std::string_view text) {
  Owned<BIO> bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (!bio) fail("read a key");
  return bio;
}

// What is in a PEM text, told by its first line: the words between "BEGIN " and the dashes.
std::string label_of(std::string_view pem) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  const size_t at = pem.find(kBegin);
  if (at == std::string_view::npos) return "";
  pem.remove_prefix(at + kBegin.size());
  return printable(pem.substr(0, std::min<size_t>(pem.find("-----"), 40)));
}

void require_ed25519(const EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return;
  const char* name = EVP_PKEY_get0_type_name(key);
  throw_error(ErrorKind::invalid, "it is a key of type ", printable(name == nullptr ? "unknown" : name),
              ", and signatures are Ed25519: make a key by `openssl genpkey -algorithm ed25519`");
}

[[noreturn]] void refuse_text(std::string_view pem, const char* wanted) {
  ERR_clear_error();
  const std::string label = label_of(pem);
  if (label.empty())
    throw_error(ErrorKind::invalid, "it is no key in PEM, which begins with -----BEGIN ", wanted, "-----");
  if (label == wanted || label == cat("ENCRYPTED ", wanted)) {
    throw_error(ErrorKind::invalid, "the key in it is damaged or cut short");
  }
  throw_error(ErrorKind::invalid, "what is in it calls itself ", label, ", and a ", wanted, " is asked for");
}

// What is behind the key would be another key, of which nobody would know that it does not count.
void require_end(std::string_view pem) {
  constexpr std::string_view kEnd = "-----END ";
  const size_t end = pem.find(kEnd);
  if (end == std::string_view::npos || pem.find("-----BEGIN ", end) == std::string_view::npos) return;
  throw_error(ErrorKind::invalid, "there is more than one key in it: give each a file of its own");
}

struct PassphraseRequest {
  const PrivateKey::Passphrase& ask;
  bool asked = false;
};

int give_passphrase(char* buffer, int size, int /*for_writing*/, void* data) noexcept {
  auto& request = *static_cast<PassphraseRequest*>(data);
  request.asked = true;
  const std::string text = request.ask();
  if (text.size() > static_cast<size_t>(size)) return -1;
  text.copy(buffer, text.size());
  return static_cast<int>(text.size());
}

Owned<EVP_PKEY> raw_public_key(const PublicKey::Bytes& bytes) {
  Owned<EVP_PKEY> key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes.data(), bytes.size()));
  if (!key) fail("use a public key");
  return key;
}

Owned<EVP_PKEY> raw_private_key(const std::array<uint8_t, 32>& seed) {
  Owned<EVP_PKEY> key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
  if (!key) fail("use a private key");
  return key;
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

PublicKey PublicKey::from_pem(std::string_view pem) {
  prepare();
  require_end(pem);
  const Owned<EVP_PKEY> key(PEM_read_bio_PUBKEY(reader_of(pem).get(), nullptr, nullptr, nullptr));
  if (!key) refuse_text(pem, "PUBLIC KEY");
  require_ed25519(key.get());
  Bytes bytes;
  size_t size = bytes.size();
  if (EVP_PKEY_get_raw_public_key(key.get(), bytes.data(), &size) != 1 || size != bytes.size()) {
    fail("read a public key");
  }
  return PublicKey(bytes);
}

Digest PublicKey::id() const {
  // spec: RFC 8410 section 4: SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING }, which is always this long.
  constexpr std::string_view kHead("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12);
  std::string der(kHead);
  der.append(reinterpret_cast<const char*>(bytes_.data()), bytes_.size());
  return sha256(der);
}

std::string PublicKey::pem() const {
  prepare();
  const Owned<BIO> out(BIO_new(BIO_s_mem()));
  if (!out || PEM_write_bio_PUBKEY(out.get(), raw_public_key(bytes_).get()) != 1) fail("write a public key");
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<size_t>(size)};
}

bool PublicKey::verify(std::string_view message, std::string_view signature) const {
  if (signature.size() != kSignatureBytes) return false;
  prepare();
  const Owned<EVP_PKEY> key = raw_public_key(bytes_);
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  if (!context || EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1) {
    fail("check a signature");
  }
  // 1 is the only yes: 0 is a no, and negative numbers are failures.
  const bool right =
      EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message), message.size()) == 1;
  ERR_clear_error();
  return right;
}

PrivateKey PrivateKey::from_pem(std::string_view pem, const Passphrase& passphrase) {
  prepare();
  require_end(pem);
  // OpenSSL is C: what asking throws must not go through it.
  std::exception_ptr failure;
  const Passphrase ask = [&]() -> std::string {
    try {
      return passphrase();
    } catch (...) {
      failure = std::current_exception();
      return "";
    }
  };
  PassphraseRequest request{ask};
  const Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(reader_of(pem).get(), nullptr, give_passphrase, &request));
  if (failure) std::rethrow_exception(failure);
  if (!key && request.asked) {
    ERR_clear_error();
    throw_error(ErrorKind::permission, "the passphrase is wrong, or the key is damaged");
  }
  if (!key) refuse_text(pem, "PRIVATE KEY");
  require_ed25519(key.get());
  std::array<uint8_t, 32> seed;
  size_t size = seed.size();
  if (EVP_PKEY_get_raw_private_key(key.get(), seed.data(), &size) != 1 || size != seed.size()) {
    fail("read a private key");
  }
  return PrivateKey(seed);
}

PrivateKey::~PrivateKey() {
  OPENSSL_cleanse(seed_.data(), seed_.size());
}

PublicKey PrivateKey::public_key() const {
  prepare();
  PublicKey::Bytes bytes;
  size_t size = bytes.size();
  if (EVP_PKEY_get_raw_public_key(raw_private_key(seed_).get(), bytes.data(), &size) != 1 || size != bytes.size()) {
    fail("find a public key");
  }
  return PublicKey(bytes);
}

std::string PrivateKey::sign(std::string_view message) const {
  prepare();
  const Owned<EVP_PKEY> key = raw_private_key(seed_);
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  std::array<unsigned char, kSignatureBytes> signature;
  size_t size = signature.size();
  if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, bytes_of(message), message.size()) != 1 ||
      size != signature.size()) {
    fail("sign");
  }
  return {reinterpret_cast<const char*>(signature.data()), size};
}

}  // namespace minidock::oci
