// Layers on their way into the store: streams become drafts below ROOT/tmp, and drafts become layers. What import and
// load share; the order of the steps, and what a crash after each leaves, is in README.md.
//
//   ROOT/tmp/draft.<tag>/<number>/     blob, layer.json, diff/ or tree, perhaps compressed: one layer, hashed, of no
//                                      row yet
//
// One Draft is made for one transaction: ingest() without a lock, make_durable(), publish() inside the transaction,
// finish() after it. Not finished, it discards itself, and so does what it has put in place without a row.
#pragma once

#include <deque>
#include <map>
#include <string>

#include "store/archive/unpack.h"
#include "store/draft_directory.h"
#include "store/leases.h"
#include "store/state.h"

namespace minidock::store {

// One layer as it comes in: a tar, plain or compressed.
struct LayerStream {
  int fd = -1;              // borrowed, read to its end
  std::string source_name;  // for messages
  Progress progress;
  bool has_lower = false;                  // it lies on other layers
  std::optional<FileRange> range = {};     // the stream is this part of fd
  std::optional<oci::Digest> digest = {};  // what it must have as it is
  // It is to be kept beside its tar as this, whose digest it must have: fd is then a file without a name below ROOT.
  std::optional<oci::Descriptor> kept = {};
};

class Draft {
 public:
  explicit Draft(Rooms& rooms);  // borrowed
  ~Draft();
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  // One layer stream into a draft of its own: checked, hashed, unpacked. Throws as unpack_archive() does.
  UnpackResult ingest(const LayerStream& stream);
  bool has(const oci::DiffId& layer) const { return parts_.contains(layer); }

  int directory() const { return draft_.fd(); }  // for what else is needed on the way; names are not numbers

  // Before the first publish(): all that was ingested is on the disk.
  void make_durable();
  // The layer to its place, durably, and its row. Under the lock of the writers, the layer having no row.
  void publish(const oci::DiffId& layer);
  void finish();  // after the commit: unlinks what lay in the places, without a lock

 private:
  struct Part {
    std::string directory;  // below the draft
    UnpackResult unpacked;
    std::optional<oci::Descriptor> kept;
  };
  void move_into_place(const Part& part, const std::string& diff_hex);

  Rooms& rooms_;
  DraftDirectory draft_;
  int made_ = 0;
  std::map<oci::DiffId, Part> parts_;
  std::deque<Lease> layer_leases_;
};

}  // namespace minidock::store
