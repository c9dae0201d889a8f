#include "engine/blob_senders.h"

#include <poll.h>
#include <sys/mman.h>

#include <atomic>
#include <map>

#include "base/error.h"
#include "base/fd.h"
#include "linux/child.h"

namespace minidock::engine {

namespace {

constexpr size_t kAtOnce = 3;             // as layers are fetched
constexpr int kMomentMilliseconds = 100;  // between two looks at how far they have come

// An array that children share with us.
class Board {
 public:
  explicit Board(size_t count) : count_(count) {
    if (count == 0) return;
    memory_ = mmap(nullptr, bytes(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory_ == MAP_FAILED) throw_errno("get memory");
    for (size_t i = 0; i < count; ++i) new (&at(i)) SentBlob();
  }
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;
  ~Board() {
    if (count_ > 0) munmap(memory_, bytes());
  }
  SentBlob& at(size_t index) { return static_cast<SentBlob*>(memory_)[index]; }
  // As it is now: its child may be at it.
  SentBlob look(size_t index) {
    SentBlob& blob = at(index);
    const SentBlob::State state = std::atomic_ref(blob.state).load(std::memory_order_acquire);
    // order: what it has come to was written before the state.
    if (state > SentBlob::State::sending) return blob;
    SentBlob out;
    out.state = state;
    out.done = std::atomic_ref(blob.done).load(std::memory_order_relaxed);
    return out;
  }

 private:
  size_t bytes() const { return count_ * sizeof(SentBlob); }
  size_t count_;
  void* memory_ = nullptr;
};

class Sending {
 public:
  Sending(const std::vector<BlobSender>& senders, const SendingTold& told)
      : senders_(senders), told_(told), board_(senders.size()) {}

  std::vector<SentBlob> run() {
    for (size_t i = kAtOnce; told_ && i < senders_.size(); ++i) told_(i, board_.look(i));
    while (next_ < senders_.size() || !at_work_.empty()) {
      while (next_ < senders_.size() && at_work_.size() < kAtOnce) start(next_++);
      wait_a_moment();
    }
    std::vector<SentBlob> out;
    for (size_t i = 0; i < senders_.size(); ++i) out.push_back(board_.at(i));
    return out;
  }

 private:
  struct Work {
    linux::Child child;
    Fd socket;
  };

  void start(size_t index) {
    Work work;
    const BlobSender& sender = senders_[index];
    work.child = linux::Child::start(
        [&](int socket) {
          linux::close_all_but(socket, sender.fd);
          board_.at(index).tell(SentBlob::State::asking);
          sender.send(board_.at(index));
          linux::send_fd(socket, -1);
        },
        work.socket);
    at_work_.emplace(index, std::move(work));
  }

  void wait_a_moment() {
    std::vector<pollfd> sockets;
    for (const auto& [index, work] : at_work_) sockets.push_back({work.socket.get(), POLLIN, 0});
    if (poll(sockets.data(), sockets.size(), kMomentMilliseconds) < 0 && errno != EINTR) throw_errno("wait for blobs");
    size_t number = 0;
    for (auto work = at_work_.begin(); work != at_work_.end(); ++number) {
      const bool ended = sockets[number].revents != 0;
      if (ended) linux::receive_fd(work->second.socket.get());
      if (told_) told_(work->first, board_.look(work->first));
      work = ended ? at_work_.erase(work) : std::next(work);
    }
  }

  const std::vector<BlobSender>& senders_;
  const SendingTold& told_;
  Board board_;
  size_t next_ = 0;
  std::map<size_t, Work> at_work_;
};

}  // namespace

void SentBlob::tell(State now_is) {
  std::atomic_ref(state).store(now_is, std::memory_order_release);
}

void SentBlob::tell_done(uint64_t bytes) {
  std::atomic_ref(done).store(bytes, std::memory_order_relaxed);
}

std::vector<SentBlob> send_blobs(const std::vector<BlobSender>& senders, const SendingTold& told) {
  return Sending(senders, told).run();
}

}  // namespace minidock::engine
