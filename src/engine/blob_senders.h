// Blobs on their way to a registry, several at a time, each by a child process.
// security: what a server answers is handled by a process that has nothing of the store open but one layer's tar.
#pragma once

#include <functional>
#include <vector>

#include "oci/digest.h"

namespace minidock::engine {

// What a child tells of its blob, in memory that is shared with it.
struct SentBlob {
  enum class State : int { waiting, asking, sending, sent, present, mounted };
  State state = State::waiting;
  uint64_t done = 0;  // bytes, as the sender counts
  oci::Digest digest;
  uint64_t size = 0;
  size_t source = 0;  // of one that was there or was mounted: by which of its sender's ways

  void tell(State now_is);
  void tell_done(uint64_t bytes);
};

struct BlobSender {
  int fd = -1;                          // borrowed: all that the child has open, -1 for nothing
  std::function<void(SentBlob&)> send;  // runs in the child; what it throws is thrown by send_blobs()
};

// Returns what has become of each. `told` is called for those that have to wait, and for the others now and then. An
// error of any ends all.
using SendingTold = std::function<void(size_t index, const SentBlob& blob)>;
std::vector<SentBlob> send_blobs(const std::vector<BlobSender>& senders, const SendingTold& told);

}  // namespace minidock::engine
