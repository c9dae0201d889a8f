// File systems by the mount API's descriptors (fsopen(2), fsconfig(2), fsmount(2)). Situation: see context.h.
#pragma once

#include <stdint.h>

#include "runtime/init/context.h"

namespace minidock::runtime::init {

// Puts a mount's descriptor into a slot, closing what was there; -1 empties it.
void take_slot(Context& context, int64_t slot, int fd);

// The rest: 0 or a descriptor, or -1 and errno.
int configure(int filesystem, const char* key, const char* value);  // nullptr: a flag
int configure_words(int filesystem, const char* words);             // "mode=755,newinstance": one call each
int create_mount(int filesystem, int64_t attributes);               // a detached mount

// The kernel's own words about a failure ("overlay: …"), into context.detail.
void explain_from_log(Context& context, int filesystem);

}  // namespace minidock::runtime::init
