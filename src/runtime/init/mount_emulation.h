// The mount API by mount(2) alone. A "detached" mount is one on a place in a private tmpfs, the staging directory, and
// its descriptor is an O_PATH of that mount; attaching moves it. mount(2) is given descriptors by their names in
// /proc/PID/fd, with that directory as working directory, so it too resolves no path of the image.
//
// The staging directory is stacked on "/": nothing of the host is covered by it, for our own "/" stays the mount
// below; it goes with the old root. After that the functions that attach at once are all that works.
// Same results and situation as mount_api.h, whose functions call these.
#pragma once

#include "runtime/init/mount_api.h"

namespace minidock::runtime::init {

int emulate_propagation(Context& context, unsigned long flags);
int emulate_clone(Context& context, int dir, const char* path, bool recursive);
int emulate_make(Context& context, const FileSystem& system, int64_t attributes);
int emulate_change(Context& context, int mount, const MountChange& change);
int emulate_attach(Context& context, int mount, int place);
int emulate_attach_at(Context& context, int mount, const char* path);
int emulate_bind(Context& context, int source, int place, bool recursive);
int emulate_new_at(Context& context, const FileSystem& system, int64_t attributes, int place);
int emulate_read_only(Context& context, int place, const char* path);

}  // namespace minidock::runtime::init
