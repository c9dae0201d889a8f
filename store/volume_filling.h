// How an empty volume gets all that it is to begin with, or nothing: what the image has there, or an archive.
//
//   volumes/<name>/filling/   what is being made. Cut off: it goes
//   volumes/<name>/filled/    the same, whole: each thing in it is moved to _data. Cut off: the rest is moved
//   volumes/<name>            locked (flock) by who does either
//
// The copy of an image's files is made by a container's init (runtime/init/copy_up.cc), by the same rules.
#pragma once

#include <functional>

#include "base/fd.h"

namespace minidock::store {

// `home` is volumes/<name>, borrowed. Finishes or undoes what was cut off, and waits for who is at it.
void settle_filling(int home);

// Calls `make` with a new directory, and moves what it has put there into _data if that is empty; false, and nothing is
// called, where it is not. The directory's owner, mode and times become _data's. Throws what `make` throws, and the
// volume is as it was.
bool fill_if_empty(int home, const std::function<void(int directory)>& make);

}  // namespace minidock::store
