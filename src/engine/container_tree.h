// A container's files as seen from outside, running or not. Nothing of it is mounted where the host sees it: of a
// stopped container the overlay is a detached mount, or the root of a process made for it; both end with this object.
// Where `mount` has mounted it already, it is a copy of that mount: never two overlays of one upper directory.
#pragma once

#include <optional>

#include "engine/engine.h"
#include "engine/volume_mounts.h"
#include "linux/mount_keeper.h"

namespace minidock::engine {

class ContainerTree {
 public:
  // Its root file system alone: what is mounted on it is left out. Read-only.
  static ContainerTree open_root(Engine& engine, const std::string& id);
  // With its volumes and binds, and if it runs with all else that it has mounted. Writable as far as it is for the
  // container itself.
  static ContainerTree open_all(Engine& engine, const std::string& id);

  // Its root file system as it is, for a mount on the host; without set-user-ID programs and devices.
  static ContainerTree open_mountable(Engine& engine, const std::string& id);

  const ContainerView& view() const { return view_; }  // when it was opened
  int root() const { return root_.get(); }
  int mount_namespace() const { return mount_namespace_ ? mount_namespace_.get() : -1; }  // -1: root() is detached

 private:
  ContainerView view_;
  VolumeHolds volumes_;
  Fd lock_;  // held while a stopped container's directories are in use: it cannot start meanwhile
  std::optional<linux::MountKeeper> keeper_;
  Fd root_, mount_namespace_;
};

}  // namespace minidock::engine
