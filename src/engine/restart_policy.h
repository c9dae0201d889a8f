// Restart policies: who runs again, when, and how somebody's `stop` ends it.
//
// The monitor decides when its container ends: it waits, with the lock held, and executes `minidock __restart ID`. What
// it needs to know is in its launch request: the policy, how often it was applied and how long to wait. Files are the
// state of it:
//   ROOT/containers/<id>/stopped   somebody wants it not to run: durable, looked at by the monitor and by boot()
//   RUN/containers/<id>/restarts   how often, and the next delay; void after a reboot, as docker's count is
//   RUN/containers/<id>/policy-changed   its row has another policy than its monitor was told: the monitor executes
//                                        `__restart ID` at once, which decides by the row, and waits
#pragma once

#include <string>

#include "engine/engine.h"

namespace minidock::engine {

struct Restarts {
  int count = 0;    // since somebody started it
  int delay = 100;  // milliseconds before the next, if its run is short
};
Restarts find_restarts(const store::Store& store, const std::string& id);

std::string stopped_mark_path(const store::Store& store, const std::string& id);
// order: before the signal that ends it, so that its monitor cannot miss it.
void mark_stopped(const store::Store& store, const store::ContainerRow& row);
// A new series begins: somebody started it.
void begin_restarts(const store::Store& store, const std::string& id);

// order: before the row is changed, so that a monitor which misses the change asks; an unchanged row does no harm.
void mark_policy_changed(const store::Store& store, const store::ContainerRow& row);
// The monitor that is about to be launched is told what the row says.
void discard_policy_mark(const store::Store& store, const std::string& id);

// It has ended, and its monitor waits to start it again.
bool awaits_restart(const store::Store& store, const ContainerView& view);
// Tells such a monitor to look at the mark.
void wake_monitor(const store::Store& store, const std::string& id);

// The part of a launch request.
void add_restart_policy(const store::Store& store, const store::ContainerRow& row, const ContainerConfig& config,
                        monitor::LaunchRequest& request);

}  // namespace minidock::engine
