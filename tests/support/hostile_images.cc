// Cases 91 and 92: archives of images whose parts lie about one another.
#include "base/text.h"
#include "oci/digest.h"
#include "oci/platform.h"
#include "support/hostile_archives.h"

namespace minidock::store {

namespace {

std::string quoted(const std::string& text) {
  return "\"" + text + "\"";
}

std::string config_of(const std::vector<std::string>& layers) {
  std::string ids;
  for (const std::string& layer : layers)
    ids += cat(ids.empty() ? "" : ",", quoted("sha256:" + oci::sha256(layer).hex()));
  return cat(R"({"architecture":")", oci::host_platform().architecture,
             R"(","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[)", ids, "]}}");
}

const std::string& layer_tar() {
  static const std::string bytes = TarBuilder().file("a", "one").finish();
  return bytes;
}

// --- docker save --------------------------------------------------------------------------------------------------

struct DockerArchive {
  std::string config = config_of({layer_tar()});
  std::string config_name = "config.json";
  std::string layers = R"(["l/layer.tar"])";
  std::string manifest = {};  // instead of the one that names these
  bool with_layer = true;

  TarBuilder tar() const {
    TarBuilder out;
    if (with_layer) out.file("l/layer.tar", layer_tar());
    out.file("config.json", config);
    const std::string usual =
        cat(R"([{"Config":)", quoted(config_name), R"(,"RepoTags":["made:1"],"Layers":)", layers, "}]");
    return out.file("manifest.json", manifest.empty() ? usual : manifest);
  }
};

HostileArchives docker_archives() {
  DockerArchive missing, outside, nested;
  missing.with_layer = false;
  outside.config_name = "../../../etc/hostname";
  nested.manifest = repeated("[", 100'000);
  const auto with_manifest = [](const std::string& text) {
    DockerArchive archive;
    archive.manifest = text;
    return archive.tar();
  };
  const auto with_link = [&missing](const std::string& target) {
    return TarBuilder().symlink("l/layer.tar", target).raw(missing.tar().unfinished());
  };
  const auto no_layer = TarBuilder().file("config.json", config_of({}));
  HostileArchives rows = {
      taken(91, "nothing wrong", DockerArchive().tar(), {{"a", "text one"}}),
      refused(91, "a layer that is a link out", with_link("../../etc/shadow"), "is not in the archive"),
      refused(91, "a layer that is an absolute link", with_link("/etc/shadow"), "which is not in the archive"),
      refused(91, "a layer that is a link to itself", with_link("layer.tar"), "links in a circle"),
      refused(91, "a layer that is a link to the config", with_link("../config.json"), "not a tar archive"),
      refused(91, "a config outside", outside.tar(), "../../../etc/hostname is not in the archive"),
      refused(91, "a layer that is missing", missing.tar(), "l/layer.tar is not in the archive"),
      refused(91, "a key twice", with_manifest(R"([{"Config":"config.json","Config":"x","Layers":["l/layer.tar"]}])"),
              "has the key \"Config\" twice"),
      refused(91, "JSON nested 100,000 deep", nested.tar(), "nested deeper than"),
      refused(91, "a manifest that is no list", with_manifest("{}"), "manifest.json: expected JSON array"),
      refused(91, "a manifest of nothing", with_manifest("[]"), "there is no image in it"),
      refused(91, "nulls for all", with_manifest(R"([{"Config":null,"RepoTags":null,"Layers":null}])"),
              "Config: is missing"),
      refused(91, "a layer for no diffID",
              TarBuilder(no_layer)
                  .file("l", layer_tar())
                  .file("manifest.json", R"([{"Config":"config.json","Layers":["l"]}])"),
              "layers length mismatch: expected 0, got 1"),
      // Behind the header there is nothing: a reader that takes it at its word would wait, or fill its memory.
      refused(91, "a manifest of 5 GiB", TarBuilder().add({.name = "manifest.json", .size = uint64_t{5} << 30}),
              "manifest.json: cut short"),
      refused(91, "a manifest of 5 MiB of spaces", with_manifest(std::string(5 << 20, ' ') + "[]"),
              "larger than 4 MiB"),
  };
  for (HostileArchive& row : rows) row.of_images = true;
  return rows;
}

// --- OCI image layout ---------------------------------------------------------------------------------------------

constexpr char kType[] = "application/vnd.oci.image.";

struct Blob {
  std::string type, bytes;
  std::string digest = "sha256:" + oci::sha256(bytes).hex();
  uint64_t size = bytes.size();

  std::string descriptor() const {
    return cat(R"({"mediaType":")", kType, type, R"(","digest":)", quoted(digest), R"(,"size":)", size, "}");
  }
};

struct Layout {
  Blob layer{"layer.v1.tar", layer_tar()};
  Blob config{"config.v1+json", config_of({layer_tar()})};
  std::string layers = {};  // instead of the one
  std::string version = "1.0.0";
  std::string extra = {};  // a member that nothing names

  Blob manifest() const {
    return {"manifest.v1+json", cat(R"({"schemaVersion":2,"config":)", config.descriptor(), R"(,"layers":[)",
                                    layers.empty() ? layer.descriptor() : layers, "]}")};
  }
  TarBuilder tar() const { return with_top(manifest(), {}); }
  // `top` is what index.json names; it is one of `more`, which have the names that they claim.
  TarBuilder with_top(const Blob& top, const std::vector<Blob>& more) const {
    TarBuilder out;
    out.file("oci-layout", cat(R"({"imageLayoutVersion":)", quoted(version), "}"));
    out.file("index.json", cat(R"({"schemaVersion":2,"manifests":[)", top.descriptor(), "]}"));
    const auto add = [&out](const std::string& hex, const std::string& bytes) {
      out.pax(pax_record("path", "blobs/sha256/" + hex)).file("b", bytes);
    };
    for (const Blob& blob : {layer, config, manifest()}) add(oci::sha256(blob.bytes).hex(), blob.bytes);
    for (const Blob& blob : more) add(blob.digest.substr(std::string("sha256:").size()), blob.bytes);
    if (!extra.empty()) out.file("extra", extra);
    return out;
  }
};

Blob index_of(const Blob& one) {
  return {"index.v1+json", cat(R"({"schemaVersion":2,"manifests":[)", one.descriptor(), "]}")};
}

// Indexes one in another, each with the digest of the next.
TarBuilder nested(int depth) {
  std::vector<Blob> chain = {index_of(Layout().manifest())};
  while (static_cast<int>(chain.size()) < depth) chain.push_back(index_of(chain.back()));
  return Layout().with_top(chain.back(), chain);
}

HostileArchives layouts() {
  Layout size, version, extra, count, both;
  size.layer.size += 1;
  version.version = "9.0.0";
  extra.extra = std::string(100'000, 'e');
  count.layers = cat(count.layer.descriptor(), ",", count.layer.descriptor());
  const auto named = [](const std::string& digest) {
    Layout layout;
    layout.layer.digest = digest;
    return layout.tar();
  };
  // An index that claims to be in itself: its digest cannot be right.
  Blob loop = index_of(Layout().manifest());
  loop.bytes = cat(R"({"schemaVersion":2,"manifests":[)", loop.descriptor(), "]}");
  const Blob two{"manifest.v1+json", cat(R"({"schemaVersion":2,"manifests":[],"config":)", both.config.descriptor(),
                                         R"(,"layers":[)", both.layer.descriptor(), "]}")};
  // The member is where its name says; what is in it is something else.
  std::string damaged = Layout().tar().finish();
  damaged[damaged.find("one")] = 'O';
  HostileArchives rows = {
      taken(92, "nothing wrong", Layout().tar(), {{"a", "text one"}}),
      refused(92, "a layer that is another", damaged, "its SHA-256 is"),
      refused(92, "a digest that leads out", named("sha256:../../x"), "digest"),
      refused(92, "a short digest", named("sha256:abcd"), "digest"),
      refused(92, "a digest in capitals", named("sha256:" + std::string(64, 'A')), "digest"),
      refused(92, "a digest of 65 digits", named("sha256:" + std::string(65, 'a')), "digest"),
      refused(92, "an unknown kind of digest", named("sha999:" + std::string(64, 'a')), "digest"),
      refused(92, "a layer that is missing", named("sha256:" + std::string(64, 'a')), "is not in the archive"),
      refused(92, "a wrong size", size.tar(), "bytes, and should have"),
      taken(92, "a member that nothing names", extra.tar(), {{"a", "text one"}}),
      refused(92, "an index in itself", Layout().with_top(loop, {loop}), "its SHA-256 is"),
      taken(92, "indexes eight deep", nested(8), {{"a", "text one"}}),
      refused(92, "indexes a thousand deep", nested(1000), "indexes nested deeper than 8 levels"),
      refused(92, "an unknown version of the layout", version.tar(), "version \"9.0.0\""),
      refused(92, "more layers than diffIDs", count.tar(), "layers length mismatch: expected 1, got 2"),
      refused(92, "a manifest that is an index too", Layout().with_top(two, {two}), "manifests"),
  };
  for (HostileArchive& row : rows) row.of_images = true;
  return rows;
}

}  // namespace

HostileArchives hostile_images() {
  HostileArchives rows = docker_archives();
  const HostileArchives more = layouts();
  rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

}  // namespace minidock::store
