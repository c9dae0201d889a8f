// The key sequence that leaves a container running: docker's spelling, default ctrl-p,ctrl-q.
#pragma once

#include <string>
#include <string_view>

namespace minidock::cli {

constexpr const char* kDefaultDetachKeys = "ctrl-p,ctrl-q";

// "ctrl-p,ctrl-q" or "a,b" -> the bytes typed. Throws invalid. "" gives the default.
std::string parse_detach_keys(std::string_view text);

// Watches typed bytes for the sequence.
class DetachKeys {
 public:
  explicit DetachKeys(std::string sequence) : sequence_(std::move(sequence)) {}

  // What of `typed` goes to the container now: bytes that may begin the sequence are held back until they
  // prove not to. Sets detached() when the sequence is complete.
  std::string filter(std::string_view typed);
  bool detached() const { return detached_; }

 private:
  std::string sequence_;
  size_t matched_ = 0;
  bool detached_ = false;
};

}  // namespace minidock::cli
