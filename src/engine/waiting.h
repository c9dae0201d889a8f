// Waiting for a container's end, from a process that is not its parent.
#pragma once

#include <optional>
#include <string>

#include "engine/engine.h"

namespace minidock::engine {

constexpr int kUnknownExit = 255;  // of a container whose end nobody saw: never a made-up 0

// Does somebody hold the container's lock: its monitor, or a command that changes it?
bool is_locked(const std::string& run_directory);

// A pidfd of the container's PID 1, if that very process still runs. One that has ended and that nobody has reaped yet
// does not: where the monitor was killed, how long that lasts is up to the host's init.
std::optional<Fd> find_running_process(const monitor::RunState& state);

// True once the process of `pidfd` has ended; false after `timeout` (nullopt: never).
bool wait_for_process(int pidfd, std::optional<Nanoseconds> timeout);

// The record that the monitor writes when it sees the end, or nullopt once it is certain that none will come:
// nobody holds the lock, or the container is removed already.
std::optional<monitor::ExitRecord> await_exit_record(const std::string& run_directory, const std::string& record_path);

// How the process ended, from its pidfd alone; nullopt where the kernel does not tell.
std::optional<int> find_exit_code(int pidfd);

}  // namespace minidock::engine
