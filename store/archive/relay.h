// A second thread that takes blocks of bytes in their order, so that what makes them and what uses them have a
// processor each: decompressing and hashing cost about the same.
//
// The thread lives as long as the object. Nobody may fork or enter a namespace meanwhile (docs/architecture.md, law 5).
#pragma once

#include <array>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace minidock::store {

class Relay {
 public:
  // Called in the other thread, for each block; false where no more is wanted. May throw.
  using Take = std::function<bool(std::string_view)>;
  explicit Relay(Take take);
  ~Relay();  // what was not taken yet is dropped
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  // Copies the bytes. False where the taker wants no more; throws what it has thrown.
  bool give(std::string_view bytes);
  void finish();  // waits until all has been taken; throws what the taker has thrown

 private:
  void run();
  void rethrow();

  static constexpr size_t kBlocks = 4;
  Take take_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::array<std::string, kBlocks> blocks_;
  size_t given_ = 0, taken_ = 0;  // so many blocks since the beginning
  bool ended_ = false;            // no more is given
  bool sated_ = false;            // no more is wanted
  std::exception_ptr failure_;
  std::thread thread_;  // the last: it uses all others
};

}  // namespace minidock::store
