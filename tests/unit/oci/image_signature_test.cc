#include "oci/image_signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/error.h"
#include "support/refusal.h"

namespace minidock::oci {

namespace {

using testing::HasSubstr;

PrivateKey test_key(uint8_t number) {
  std::array<uint8_t, 32> seed{};
  seed[0] = number;
  return PrivateKey(seed);
}

ImageClaim test_claim() {
  return {ImageId{*Digest::parse("sha256:" + std::string(64, 'a'))}, "docker.io/library/app"};
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string read(const std::string& text) {
  return refusal_of([&] { parse_image_signature(text, "s"); });
}

// An envelope around another claim, as somebody writes it who does not sign.
std::string enveloped(const std::string& claim) {
  return replaced(to_json(sign(test_claim(), test_key(1))), base64_encode(to_json(test_claim())), base64_encode(claim));
}

}  // namespace

TEST(ImageSignature, PreAuthenticationEncoding) {
  // The example of DSSE's protocol.md.
  EXPECT_EQ(signed_bytes("http://example.com/HelloWorld", "hello world"),
            "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
  EXPECT_EQ(signed_bytes("", ""), "DSSEv1 0  0 ");
}

TEST(ImageSignature, Golden) {
  // The key of RFC 8032's first vector; signed by `openssl pkeyutl -sign -rawin`, over the same bytes.
  const PrivateKey key({0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a,
                        0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32,
                        0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60});
  EXPECT_EQ(to_json(test_claim()),
            R"({"image":"sha256:)" + std::string(64, 'a') + R"(","repository":"docker.io/library/app"})");
  EXPECT_EQ(to_json(sign(test_claim(), key)),
            R"({"payload":")" + base64_encode(to_json(test_claim())) +
                R"(","payloadType":"application/vnd.minidock.image-claim.v1+json","signatures":[{"keyid":)"
                R"("06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9","sig":)"
                R"("L3s6Yoi0x7UtR5CZ1GmzVxlXBfEgQsDHgRBPAdwKuKZe2/+xsS+mxpdcMhZR3Ia/Ntnr/m/poMnBvL8cHf+eCA=="}]})");
}

TEST(ImageSignature, IsOfOneImageOneNameAndOneKey) {
  const ImageSignature signature = sign(test_claim(), test_key(1));
  EXPECT_TRUE(verify(signature, test_key(1).public_key()));
  EXPECT_FALSE(verify(signature, test_key(2).public_key()));
  ImageSignature other = signature;
  other.claim.repository = "docker.io/library/apps";
  EXPECT_FALSE(verify(other, test_key(1).public_key()));
  other = signature;
  other.claim.image.digest = *Digest::parse("sha256:" + std::string(63, 'a') + "b");
  EXPECT_FALSE(verify(other, test_key(1).public_key()));
  // The key's ID is a hint: what it says changes nothing.
  other = signature;
  other.key = Digest();
  EXPECT_TRUE(verify(other, test_key(1).public_key()));
}

TEST(ImageSignature, IsReadAsItIsWritten) {
  const ImageSignature signature = sign(test_claim(), test_key(1));
  const std::string text = to_json(signature);
  EXPECT_EQ(parse_image_signature(text, "s"), signature);
  EXPECT_EQ(parse_image_signature(text + "\n", "s"), signature);
  for (size_t size = 0; size < text.size(); ++size) EXPECT_NE(read(text.substr(0, size)), "") << size;
}

TEST(ImageSignature, WhatIsWrittenOtherwiseIsNone) {
  const std::string text = to_json(sign(test_claim(), test_key(1)));
  const std::string type(kClaimType);
  EXPECT_THAT(read("{}"), HasSubstr("its type is \"\""));
  EXPECT_THAT(read(replaced(text, type, "application/vnd.in-toto+json")),
              HasSubstr("its type is \"application/vnd.in-"));
  EXPECT_THAT(read(replaced(text, "\"payload\":\"", "\"payload\":\"!")), HasSubstr("payload is not base64"));
  EXPECT_THAT(read(replaced(text, "\"sig\":\"", "\"sig\":\"=")), HasSubstr("sig is not base64"));
  EXPECT_THAT(read(replaced(text, "\"keyid\":\"", "\"keyid\":\"z")), HasSubstr("its keyid is not"));
  EXPECT_THAT(read(replaced(text, "}]", "},{}]")), HasSubstr("it has 2 signatures"));
  EXPECT_THAT(read(replaced(text, "\"signatures\":[", "\"signatures\":[],\"more\":[")),
              HasSubstr("it has 0 signatures"));
  EXPECT_THAT(read(replaced(text, "{\"payload\"", "{\"payload\":\"\",\"payload\"")), HasSubstr("twice"));
  EXPECT_THAT(read(std::string(kEnvelopeBytes, ' ') + text), HasSubstr("more than 4096 bytes"));
  EXPECT_THAT(read(std::string(100, '[')), HasSubstr("nested deeper"));
  const char* kOther = "written in another way";
  EXPECT_THAT(read(" " + text), HasSubstr(kOther));
  EXPECT_THAT(read(replaced(text, "}]}", "}],\"alg\":\"none\"}")), HasSubstr(kOther));
  EXPECT_THAT(read(replaced(text, "\"sig\":", "\"alg\":\"none\",\"sig\":")), HasSubstr(kOther));
  EXPECT_THAT(read(replaced(text, "\"payload\"", "\"\\u0070ayload\"")), HasSubstr(kOther));
}

TEST(ImageSignature, ClaimsThatNameNothing) {
  const std::string id = test_claim().image.text();
  EXPECT_THAT(read(enveloped("{}")), HasSubstr("names no image"));
  EXPECT_THAT(read(enveloped(R"({"image":"sha512:00","repository":"docker.io/library/app"})")),
              HasSubstr("names no image"));
  EXPECT_NE(read(enveloped("not JSON")), "");
  const char* kOther = "written in another way";
  for (const char* name :
       {"", "app", "library/app", "docker.io/library/app:1", "docker.io/library/APP", "docker.io/../x"}) {
    EXPECT_THAT(read(enveloped(R"({"image":")" + id + R"(","repository":")" + name + "\"}")), HasSubstr(kOther))
        << name;
  }
  EXPECT_THAT(read(enveloped(R"({"image":")" + id + R"(","repository":"docker.io/library/app","tag":"1"})")),
              HasSubstr(kOther));
  EXPECT_THAT(read(enveloped(R"({"repository":"docker.io/library/app","image":")" + id + "\"}")), HasSubstr(kOther));
}

TEST(ImageSignature, Artifact) {
  const std::string one = to_json(sign(test_claim(), test_key(1))), two = to_json(sign(test_claim(), test_key(2)));
  const Descriptor subject{media::kManifest, sha256("manifest"), 8, {}, {}, {}};
  const SignatureArtifact artifact = make_signature_artifact({one, two}, subject);
  EXPECT_THAT(artifact.manifest, HasSubstr(R"("subject":{"digest":")" + subject.digest.text()));
  ASSERT_EQ(artifact.blobs.size(), 3U);
  // spec: image-spec: the digest of the empty descriptor is this one.
  EXPECT_EQ(artifact.blobs[0].first.digest.text(),
            "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
  const std::vector<Descriptor> found = parse_signature_artifact(artifact.manifest, "a");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].digest, sha256(one));
  EXPECT_EQ(found[1].size, two.size());
  const std::string tag = referrers_tag(subject.digest);
  EXPECT_EQ(tag, "sha256-" + subject.digest.hex());
  EXPECT_TRUE(is_referrers_tag(tag));
  EXPECT_TRUE(is_referrers_tag(tag + ".sig"));
  for (const std::string& other :
       {tag + "0", tag.substr(0, 70), "latest-" + tag, std::string("sha256-"), std::string()}) {
    EXPECT_FALSE(is_referrers_tag(other)) << other;
  }
}

TEST(ImageSignature, WhatIsNoArtifact) {
  const Descriptor subject{media::kManifest, sha256("manifest"), 8, {}, {}, {}};
  const std::string envelope = to_json(sign(test_claim(), test_key(1)));
  const std::string right = make_signature_artifact({envelope}, subject).manifest;
  const auto parse = [](const std::string& text) { return refusal_of([&] { parse_signature_artifact(text, "a"); }); };
  EXPECT_EQ(parse(right), "");
  EXPECT_THAT(parse(replaced(right, kSignatureArtifact, "text/plain")), HasSubstr("artifactType: expected"));
  EXPECT_THAT(parse(replaced(right, kEnvelopeType, "text/plain")), HasSubstr("a layer of it is no signature"));
  EXPECT_THAT(parse(make_signature_artifact({std::string(5000, 'x')}, subject).manifest),
              HasSubstr("a layer of it is no signature"));
  const std::vector<std::string> many(kImageSignatures + 1, envelope);
  EXPECT_THAT(parse(make_signature_artifact(many, subject).manifest), HasSubstr("65 signatures; 64 are the most"));
}

}  // namespace minidock::oci
