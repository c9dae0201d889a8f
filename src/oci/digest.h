// Digests: SHA-256 only (image-spec descriptor.md "Digests"), parsed into 32 bytes at the border so that
// no text from outside ever becomes part of a path.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minidock::oci {

class Digest {
 public:
  Digest() = default;  // all zero: "no digest"
  explicit Digest(const std::array<uint8_t, 32>& bytes) : bytes_(bytes) {}

  static std::optional<Digest> parse(std::string_view text);      // "sha256:" and 64 lower-case hex digits
  static std::optional<Digest> parse_hex(std::string_view text);  // the 64 digits alone

  std::string hex() const;   // 64 digits
  std::string text() const;  // "sha256:…"
  std::string short_hex() const { return hex().substr(0, 12); }
  bool empty() const { return *this == Digest(); }
  auto operator<=>(const Digest&) const = default;

 private:
  std::array<uint8_t, 32> bytes_{};
};

// The same bytes under names that the compiler keeps apart.
template <typename Tag>
struct Named {
  Digest digest;
  std::string hex() const { return digest.hex(); }
  std::string text() const { return digest.text(); }
  auto operator<=>(const Named&) const = default;
};
using DiffId = Named<struct DiffIdTag>;    // of a layer's uncompressed tar
using ChainId = Named<struct ChainIdTag>;  // of a stack of layers (image-spec config.md "Layer ChainID")
using ImageId = Named<struct ImageIdTag>;  // of the image config's bytes

ChainId chain_id(const std::vector<DiffId>& diff_ids);  // bottom layer first; throws invalid when empty

// Incremental SHA-256 by OpenSSL EVP, for streams: the first one of a process costs 3 ms of OpenSSL's start-up.
// Not copyable; one hash per object.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  void update(std::string_view data);
  Digest finish();  // once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest sha256(std::string_view data);  // for what is in memory: no start-up cost (sha256.cc)

}  // namespace minidock::oci
