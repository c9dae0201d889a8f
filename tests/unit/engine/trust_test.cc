#include "engine/trust.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "support/fake_image.h"
#include "support/refusal.h"

namespace minidock::engine {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Demand = TrustRule::Demand;

class TrustTest : public ::testing::Test {
 protected:
  static oci::PrivateKey key(uint8_t number) {
    std::array<uint8_t, 32> seed{};
    seed[0] = number;
    return oci::PrivateKey(seed);
  }
  static std::string pem(uint8_t number) { return key(number).public_key().pem(); }
  static oci::ImageId image(char digit) { return {*oci::Digest::parse("sha256:" + std::string(64, digit))}; }
  static TrustRule keys_for(const std::string& name, std::vector<std::string> keys) {
    return {name, Demand::signature, std::move(keys), "/etc/c.toml:1"};
  }
  static oci::ImageSignature signature(uint8_t number, char digit, const std::string& repository) {
    return oci::sign({image(digit), repository}, key(number));
  }
  // "" where it is trusted.
  static std::string answer(const TrustPolicy& policy, std::vector<std::string> repositories,
                            std::vector<oci::ImageSignature> signatures) {
    try {
      require_trust(policy,
                    {"web:1", image('a'), std::move(repositories), [&] { return signatures; }, "get a signature"});
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::permission) << error.what();
      return error.what();
    }
    return "";
  }
  std::string key_file(const std::string& name, const std::string& text, mode_t mode = 0644) {
    const std::string path = place_.top() + "/" + name;
    write_file(AT_FDCWD, path, text);
    chmod(path.c_str(), mode);
    return path;
  }
  store::TemporaryStore place_;
};

TEST_F(TrustTest, TheLongestRuleOfWholePartsHolds) {
  const TrustPolicy policy({{"*", Demand::reject, {}, "any"},
                            {"docker.io/library", Demand::accept, {}, "library"},
                            {"docker.io/library/web", Demand::reject, {}, "web"},
                            {"docker.io", Demand::accept, {}, "hub"}});
  const auto place = [&](const char* name) { return policy.find(name)->place; };
  EXPECT_EQ(place("docker.io/library/web"), "web");
  EXPECT_EQ(place("docker.io/library/web/part"), "web");
  EXPECT_EQ(place("docker.io/library/web2"), "library");
  EXPECT_EQ(place("docker.io/library2/web"), "hub");
  EXPECT_EQ(place("docker.io.example.com/library/web"), "any");
  EXPECT_EQ(place("quay.io/docker.io/library"), "any");
  EXPECT_EQ(place(""), "any");
  EXPECT_EQ(place("DOCKER.io/library/web"), "web");
  EXPECT_EQ(TrustPolicy({{"docker.io", Demand::reject, {}, "hub"}}).find("quay.io/x"), nullptr);
  EXPECT_EQ(TrustPolicy().find("docker.io/library/web"), nullptr);
}

TEST_F(TrustTest, OneOfTheKeysForThisImageAndThisName) {
  const TrustPolicy policy({keys_for("docker.io/shop", {pem(1), pem(2)})});
  const std::vector<std::string> web = {"docker.io/shop/web"};
  EXPECT_EQ(answer(policy, web, {signature(1, 'a', "docker.io/shop/web")}), "");
  EXPECT_EQ(answer(policy, web, {signature(3, 'a', "docker.io/shop/web"), signature(2, 'a', "docker.io/shop/web")}),
            "");
  EXPECT_EQ(answer(policy, {"docker.io/other"}, {}), "");
  EXPECT_THAT(answer(policy, web, {}),
              AllOf(HasSubstr("image web:1 (aaaaaaaaaaaa) is not trusted: /etc/c.toml:1 asks for a signature for "
                              "docker.io/shop/web by one of the keys " +
                              short_key(key(1).public_key().id())),
                    HasSubstr("it has none; get a signature")));
  EXPECT_THAT(answer(policy, web, {signature(1, 'b', "docker.io/shop/web")}), HasSubstr("is not trusted"));
  EXPECT_THAT(answer(policy, web, {signature(1, 'a', "docker.io/shop/db")}),
              HasSubstr("those it has are for docker.io/shop/db by a key " + short_key(key(1).public_key().id())));
  EXPECT_THAT(answer(policy, web, {signature(3, 'a', "docker.io/shop/web")}), HasSubstr("is not trusted"));
  // Another's signature under the name of the key that is asked for.
  oci::ImageSignature forged = signature(3, 'a', "docker.io/shop/web");
  forged.key = key(1).public_key().id();
  EXPECT_THAT(answer(policy, web, {forged}), HasSubstr("is not trusted"));
  oci::ImageSignature moved = signature(1, 'a', "docker.io/shop/db");
  moved.claim.repository = "docker.io/shop/web";
  EXPECT_THAT(answer(policy, web, {moved}), HasSubstr("is not trusted"));
}

TEST_F(TrustTest, AcceptAndRejectNeedNoSignature) {
  const TrustPolicy policy({{"*", Demand::reject, {}, "c:9"}, {"quay.io", Demand::accept, {}, "c:3"}});
  EXPECT_EQ(answer(policy, {"quay.io/web"}, {}), "");
  EXPECT_THAT(answer(policy, {"docker.io/library/web"}, {signature(1, 'a', "docker.io/library/web")}),
              HasSubstr("c:9 rejects docker.io/library/web"));
  EXPECT_THAT(answer(policy, {}, {}), HasSubstr("c:9 rejects images without a name"));
}

TEST_F(TrustTest, EveryNameIsJudgedByItsRule) {
  const TrustPolicy policy({keys_for("docker.io/one", {pem(1)}), keys_for("docker.io/two", {pem(2)})});
  const std::vector<std::string> both = {"docker.io/one", "docker.io/two"};
  EXPECT_THAT(answer(policy, both, {signature(1, 'a', "docker.io/one")}), HasSubstr("for docker.io/two by key"));
  EXPECT_THAT(answer(policy, both, {signature(2, 'a', "docker.io/two")}), HasSubstr("for docker.io/one by key"));
  EXPECT_EQ(answer(policy, both, {signature(1, 'a', "docker.io/one"), signature(2, 'a', "docker.io/two")}), "");
}

TEST_F(TrustTest, WithoutANameTheRuleForAll) {
  const TrustPolicy policy({keys_for("*", {pem(1)})});
  EXPECT_EQ(answer(policy, {}, {signature(1, 'a', "docker.io/whatever")}), "");
  EXPECT_THAT(answer(policy, {}, {signature(2, 'a', "docker.io/whatever")}),
              HasSubstr("asks for a signature for it by"));
  EXPECT_EQ(answer(TrustPolicy({keys_for("docker.io", {pem(1)})}), {}, {}), "");
}

TEST_F(TrustTest, SignaturesAreReadWhereARuleAsks) {
  const TrustQuestion question{"web",
                               image('a'),
                               {"docker.io/web"},
                               []() -> std::vector<oci::ImageSignature> { throw std::logic_error("read"); },
                               ""};
  require_trust(TrustPolicy(), question);
  require_trust(TrustPolicy({{"*", Demand::accept, {}, ""}}), question);
  EXPECT_THROW(require_trust(TrustPolicy({keys_for("*", {pem(1)})}), question), std::logic_error);
}

TEST_F(TrustTest, KeysInFiles) {
  const std::string good = key_file("good.pem", pem(1));
  EXPECT_EQ(read_trusted_keys(keys_for("*", {good, pem(2)})).size(), 2U);
  EXPECT_EQ(read_trusted_key(good).key, key(1).public_key());
  const auto refused = [&](const std::string& path) {
    return refusal_of([&] { read_trusted_keys(keys_for("*", {good, path})); });
  };
  EXPECT_THAT(refused(key_file("group.pem", pem(1), 0664)), HasSubstr("may be changed by others"));
  EXPECT_THAT(refused(key_file("all.pem", pem(1), 0646)), HasSubstr("chmod go-w"));
  EXPECT_THAT(refused("/no/such.pem"), AllOf(HasSubstr("/etc/c.toml:1: cannot use key"), HasSubstr("/no/such.pem")));
  EXPECT_THAT(refused("/dev/null"), HasSubstr("not a regular file"));
  EXPECT_THAT(refused(key_file("cut.pem", pem(1).substr(0, 60))), HasSubstr("damaged or cut short"));
  EXPECT_THAT(refused(key_file("big.pem", std::string(20000, 'x'))), HasSubstr("big.pem"));
  EXPECT_THAT(refused("-----BEGIN PUBLIC KEY-----\nxx\n-----END PUBLIC KEY-----\n"), HasSubstr("damaged or cut short"));
}

TEST_F(TrustTest, WhatAWordMeans) {
  store::ImageRow row;
  row.id = image('a');
  row.tags = {"docker.io/library/web:1", "quay.io/shop/web:latest"};
  row.digests = {"docker.io/other/web@sha256:" + std::string(64, 'b')};
  const auto all = ElementsAre("docker.io/library/web", "docker.io/other/web", "quay.io/shop/web");
  EXPECT_THAT(repositories_meant(row, "web:1"), ElementsAre("docker.io/library/web"));
  EXPECT_THAT(repositories_meant(row, "quay.io/shop/web"), ElementsAre("quay.io/shop/web"));
  EXPECT_THAT(repositories_meant(row, "other/web@sha256:" + std::string(64, 'b')), ElementsAre("docker.io/other/web"));
  EXPECT_THAT(repositories_meant(row, row.id.hex()), all);
  EXPECT_THAT(repositories_meant(row, row.id.text()), all);
  EXPECT_THAT(repositories_meant(row, "aaaa"), all);
  EXPECT_THAT(repositories_meant(row, "web:2"), all);  // not a name of it: it was found by another way
  row.tags.clear();
  row.digests.clear();
  EXPECT_THAT(repositories_meant(row, "aaaa"), IsEmpty());
}

TEST_F(TrustTest, AnImageOfTheStore) {
  const store::ImageRow row = store::make_image(place_.location(), "blob", "shop/web:1");
  store::Store store = place_.open();
  const TrustPolicy policy({keys_for("docker.io/shop", {pem(1)})});
  const auto judge = [&](const std::string& word) {
    return refusal_of([&] { require_trusted_image(policy, store, store.load_image(row.id.hex()), word); });
  };
  EXPECT_THAT(judge("shop/web:1"), HasSubstr("it has none"));
  store.add_signatures(row.id, {oci::sign({row.id, "docker.io/shop/web"}, key(1))});
  EXPECT_EQ(judge("shop/web:1"), "");
  EXPECT_EQ(judge(row.id.hex()), "");
  store.tag_image(row.id, oci::parse_reference("shop/other"));
  EXPECT_EQ(judge("shop/web:1"), "");
  EXPECT_THAT(judge(row.id.hex()), HasSubstr("for docker.io/shop/other"));
  EXPECT_EQ(refusal_of([&] { require_trusted_image(TrustPolicy(), store, row, "shop/other"); }), "");
}

}  // namespace
}  // namespace minidock::engine
