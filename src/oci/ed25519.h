// Ed25519 keys and signatures (RFC 8032), by OpenSSL; keys in PEM as `openssl` writes them: a public one as
// SubjectPublicKeyInfo, a private one as PKCS #8, encrypted or not (RFC 8410, RFC 5958). Other kinds of keys are
// refused by name. OpenSSL's configuration, and so the environment, is not read.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "oci/digest.h"

namespace minidock::oci {

class PublicKey {
 public:
  using Bytes = std::array<uint8_t, 32>;
  explicit PublicKey(const Bytes& bytes) : bytes_(bytes) {}

  // Throws invalid, saying what it is instead. One key and nothing behind it.
  static PublicKey from_pem(std::string_view pem);

  // The SHA-256 of its SubjectPublicKeyInfo: what `openssl pkey -pubin -outform DER | sha256sum` prints.
  Digest id() const;
  std::string pem() const;
  // False for what is not this key's signature of these bytes, whatever it is instead.
  bool verify(std::string_view message, std::string_view signature) const;
  auto operator<=>(const PublicKey&) const = default;

 private:
  Bytes bytes_;
};

class PrivateKey {
 public:
  // Asked once, where the key is encrypted.
  using Passphrase = std::function<std::string()>;
  // Throws invalid, saying what it is instead; permission where the passphrase is wrong.
  static PrivateKey from_pem(std::string_view pem, const Passphrase& passphrase);
  explicit PrivateKey(const std::array<uint8_t, 32>& seed) : seed_(seed) {}
  ~PrivateKey();
  PrivateKey(const PrivateKey&) = delete;
  PrivateKey& operator=(const PrivateKey&) = delete;

  PublicKey public_key() const;
  std::string sign(std::string_view message) const;  // 64 bytes, the same each time

 private:
  std::array<uint8_t, 32> seed_;
};

}  // namespace minidock::oci
