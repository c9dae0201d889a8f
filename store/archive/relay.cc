#include "store/archive/relay.h"

#include <utility>

namespace minidock::store {

Relay::Relay(Take take) : take_(std::move(take)), thread_([this] { run(); }) {}

Relay::~Relay() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = sated_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Relay::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return taken_ < given_ || ended_; });
    if (sated_ || taken_ == given_) return;
    const std::string& block = blocks_[taken_ % kBlocks];
    lock.unlock();
    bool more = false;
    std::exception_ptr failure;
    try {
      more = take_(block);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    ++taken_;
    failure_ = failure;
    sated_ = sated_ || !more;
    changed_.notify_all();
    if (sated_) return;
  }
}

bool Relay::give(std::string_view bytes) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return given_ - taken_ < kBlocks || sated_; });
  if (sated_) {
    rethrow();
    return false;
  }
  // The taker does not look at a block that was not given yet.
  lock.unlock();
  blocks_[given_ % kBlocks].assign(bytes);
  lock.lock();
  ++given_;
  changed_.notify_all();
  return true;
}

void Relay::finish() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  thread_.join();
  rethrow();
}

void Relay::rethrow() {
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

}  // namespace minidock::store
