#include "runtime/lifecycle/event_stream.h"

#include <poll.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "runtime/lifecycle/stats_event.h"

namespace minidock::runtime {

namespace {

LiveProcess require_alive(const Container& container) {
  auto process = LiveProcess::find(container.record().init);
  if (!process) throw_error(ErrorKind::not_found, "container with id ", container.id(), " is not running");
  return std::move(*process);
}

}  // namespace

EventStream::EventStream(const Container& container, Nanoseconds interval)
    : id_(container.id()),
      cgroup_path_(container.record().cgroup.path),
      process_(require_alive(container)),
      watch_(linux::OomWatch::open(linux::read_cgroup_layout(), cgroup_path_)),
      interval_(interval),
      due_(monotonic_now() + interval) {}

std::optional<std::string> EventStream::next() {
  constexpr Nanoseconds kMillisecond = 1'000'000;
  while (!process_.ended()) {
    // Without a pidfd (-1, which poll passes over) the end is noticed when the next line is due.
    std::array<pollfd, 2> waiting = {pollfd{watch_.fd(), POLLIN, 0}, pollfd{process_.pidfd(), POLLIN, 0}};
    const Nanoseconds wait = std::max(due_ - monotonic_now(), Nanoseconds{0});
    ::poll(waiting.data(), waiting.size(), static_cast<int>(wait / kMillisecond + 1));
    const auto news = watch_.take();
    if (news.gone) return std::nullopt;
    if (news.out_of_memory) return cat("{\"type\":\"oom\",\"id\":\"", id_, "\"}");
    if (monotonic_now() < due_) continue;
    due_ += interval_;
    return stats_event(id_, linux::read_cgroup_stats(linux::read_cgroup_layout(), cgroup_path_));
  }
  return std::nullopt;
}

std::string statistics_of(const Container& container) {
  require_alive(container);
  return stats_event(container.id(),
                     linux::read_cgroup_stats(linux::read_cgroup_layout(), container.record().cgroup.path));
}

}  // namespace minidock::runtime
