// What happens to a running container, a line of JSON each, as `events` prints it.
#pragma once

#include <optional>
#include <string>

#include "linux/cgroup_oom.h"
#include "runtime/lifecycle/container.h"

namespace minidock::runtime {

class EventStream {
 public:
  // A line of statistics every `interval`, and one whenever the container was found out of memory.
  // Throws not_found for a container that has stopped.
  EventStream(const Container& container, Nanoseconds interval);

  // Waits for the next line; nullopt when the container has ended.
  std::optional<std::string> next();

 private:
  std::string id_, cgroup_path_;
  LiveProcess process_;
  linux::OomWatch watch_;
  Nanoseconds interval_, due_;
};

// The line of statistics alone, now.
std::string statistics_of(const Container& container);

}  // namespace minidock::runtime
