// Layers as a registry sent them, compression and all, kept beside their tars where the configuration asks for it: then
// a push anywhere hands on the very bytes that a pull has brought.
//
//   ROOT/layers/<diffID>/compressed     0400; at most one a layer, with which it comes and goes
//
// A row of layer_forms whose repository is kKeptHere has its digest, size and media type. Nothing needs such a blob:
// one that is damaged or missing is let go of, and the tar is compressed again where somebody asks for it.
#pragma once

#include <string>
#include <vector>

#include "store/archive/input.h"
#include "store/state.h"

namespace minidock::store {

constexpr const char* kKeptFile = "compressed";
constexpr const char* kKeptHere = "";  // in the place of the repository that has it

inline std::string kept_path(const std::string& diff_hex) {
  return cat(layer_path(diff_hex), "/", kKeptFile);
}

// Gives `file`, a file without a name on the store's file system, its name in a layer's directory. Both are borrowed.
void keep_file(int directory, int file);

// A part of check(): one that is not what its row says, by its size or, deep, by its SHA-256. Repairing lets go of it.
void check_kept_blobs(Rooms& rooms, const CheckOptions& options, std::vector<Problem>& problems);

// Reads one from its beginning, whatever its descriptor's offset.
class KeptBlobReader {
 public:
  explicit KeptBlobReader(const KeptBlob& kept);  // borrowed
  KeptBlobReader(const KeptBlobReader&) = delete;
  KeptBlobReader& operator=(const KeptBlobReader&) = delete;

  // Up to `room` bytes; 0 at its end. Throws corrupt instead of giving the last piece of one that is damaged: nobody
  // gets the whole of it.
  size_t read(char* buffer, size_t room);
  uint64_t used() const { return input_.consumed(); }  // bytes given so far

 private:
  const KeptBlob& kept_;
  Input input_;
  oci::Hasher hasher_;
};

}  // namespace minidock::store
