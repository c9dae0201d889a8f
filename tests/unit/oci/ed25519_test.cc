#include "oci/ed25519.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "support/refusal.h"

namespace minidock::oci {

namespace {

using testing::HasSubstr;

std::string bytes_of_hex(std::string_view hex) {
  std::string out;
  for (size_t i = 0; i < hex.size(); i += 2) {
    out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return out;
}

std::array<uint8_t, 32> array_of_hex(std::string_view hex) {
  std::array<uint8_t, 32> out;
  const std::string bytes = bytes_of_hex(hex);
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

// RFC 8032 section 7.1, "TEST 1" to "TEST 3".
struct Vector {
  const char *seed, *key, *message, *signature;
};
constexpr Vector kVectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
     "655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
     "b00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
     "c027beceea1ec40a"},
};

// Of the first vector, as `openssl pkey` writes them; the encrypted one has the passphrase "open".
constexpr const char* kPublic =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
    "-----END PUBLIC KEY-----\n";
constexpr const char* kPrivate =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";
constexpr const char* kEncrypted =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgFkdf0XRp3BQICCAAw\n"
    "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEPd9q5leKJtntRNhg5wylfcEQCMU\n"
    "llBhirTyAINJ1BtrSMj7l3H+qIYNCwm8P9k57FMGgBszBveNRUvWI71dpoIiGNAf\n"
    "NNmNlmJc06HmWUn5AM4=\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";
constexpr const char* kCurve =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE5r6li42pclri0u4xWNRqVktyc88a\n"
    "w8coH5jbKabEM5Hi7ucmxorJ4TCua3T1cnmCpevkR29qqkhAI7Y2ZBWYtg==\n"
    "-----END PUBLIC KEY-----\n";

std::string never_asked() {
  ADD_FAILURE() << "asked for a passphrase";
  return "";
}

}  // namespace

TEST(Ed25519, TheVectorsOfRfc8032) {
  for (const Vector& vector : kVectors) {
    const PrivateKey key(array_of_hex(vector.seed));
    EXPECT_EQ(key.public_key(), PublicKey(array_of_hex(vector.key)));
    EXPECT_EQ(key.sign(bytes_of_hex(vector.message)), bytes_of_hex(vector.signature));
    EXPECT_TRUE(key.public_key().verify(bytes_of_hex(vector.message), bytes_of_hex(vector.signature)));
  }
}

TEST(Ed25519, AnythingElseIsNoSignature) {
  const PublicKey key(array_of_hex(kVectors[2].key));
  const std::string message = bytes_of_hex(kVectors[2].message), signature = bytes_of_hex(kVectors[2].signature);
  for (size_t i = 0; i < signature.size(); ++i) {
    std::string other = signature;
    other[i] = static_cast<char>(other[i] ^ 1);
    EXPECT_FALSE(key.verify(message, other)) << i;
    EXPECT_FALSE(key.verify(message, signature.substr(0, i))) << i;
  }
  EXPECT_FALSE(key.verify(message, signature + '\0'));
  EXPECT_FALSE(key.verify(message + '\0', signature));
  EXPECT_FALSE(key.verify("", signature));
  EXPECT_FALSE(PublicKey(array_of_hex(kVectors[1].key)).verify(message, signature));
  // The same s plus the order of the group (RFC 8032 section 5.1.7: it is to be refused).
  const std::string order = bytes_of_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  std::string more = signature;
  int carry = 0;
  for (size_t i = 0; i < 32; ++i) {
    carry += static_cast<unsigned char>(more[32 + i]) + static_cast<unsigned char>(order[i]);
    more[32 + i] = static_cast<char>(carry & 0xff);
    carry >>= 8;
  }
  EXPECT_FALSE(key.verify(message, more));
}

TEST(Ed25519, KeysInPem) {
  const PublicKey key(array_of_hex(kVectors[0].key));
  EXPECT_EQ(PublicKey::from_pem(kPublic), key);
  EXPECT_EQ(key.pem(), kPublic);
  // openssl pkey -pubin -outform DER | sha256sum
  EXPECT_EQ(key.id().hex(), "06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9");
  EXPECT_EQ(PrivateKey::from_pem(kPrivate, never_asked).public_key(), key);
  EXPECT_EQ(PrivateKey::from_pem(kEncrypted, [] { return "open"; }).public_key(), key);
}

TEST(Ed25519, PassphrasesThatDoNotOpen) {
  const auto open_with = [](const std::string& word) {
    return refusal_of([&] { PrivateKey::from_pem(kEncrypted, [&] { return word; }); });
  };
  EXPECT_THAT(open_with("shut"), HasSubstr("the passphrase is wrong"));
  EXPECT_THAT(open_with(""), HasSubstr("the passphrase is wrong"));
  EXPECT_THAT(open_with(std::string(5000, 'x')), HasSubstr("the passphrase is wrong"));
  const PrivateKey::Passphrase none = []() -> std::string { throw_error(ErrorKind::invalid, "nobody to ask"); };
  EXPECT_EQ(refusal_of([&] { PrivateKey::from_pem(kEncrypted, none); }), "nobody to ask");
}

TEST(Ed25519, WhatIsNoSuchKey) {
  const auto read = [](const std::string& pem) { return refusal_of([&] { PublicKey::from_pem(pem); }); };
  EXPECT_THAT(read(kCurve), HasSubstr("it is a key of type EC, and signatures are Ed25519"));
  EXPECT_THAT(read(""), HasSubstr("it is no key in PEM"));
  EXPECT_THAT(read("ssh-ed25519 AAAA"), HasSubstr("it is no key in PEM"));
  EXPECT_THAT(read(kPrivate), HasSubstr("calls itself PRIVATE KEY, and a PUBLIC KEY is asked for"));
  EXPECT_THAT(read(std::string(kPublic) + kPublic), HasSubstr("more than one key"));
  const std::string whole = kPublic;
  for (size_t size = 0; size + 6 < whole.size(); ++size) EXPECT_NE(read(whole.substr(0, size)), "") << size;
  EXPECT_THAT(read(whole.substr(0, 60)), HasSubstr("damaged or cut short"));
  const auto read_private = [](const std::string& pem) {
    return refusal_of([&] { PrivateKey::from_pem(pem, never_asked); });
  };
  EXPECT_THAT(read_private(kPublic), HasSubstr("calls itself PUBLIC KEY, and a PRIVATE KEY is asked for"));
  EXPECT_THAT(read_private(std::string(kPrivate).substr(0, 70)), HasSubstr("damaged or cut short"));
}

}  // namespace minidock::oci
