// -v, --mount and --tmpfs: docker's three spellings of a mount, as engine::MountOption. All throw invalid.
#pragma once

#include <string>

#include "engine/engine.h"

namespace minidock::cli {

// [SOURCE:]TARGET[:OPTIONS]. A source that starts with '.', '/' or '~' is a host path (a missing one is made),
// anything else names a volume; TARGET alone is an anonymous volume. Options are docker's, and podman's U, O, idmap.
engine::MountOption parse_volume(const std::string& text);

// Comma-separated key=value, a value with commas as "key=value": docker's keys, and podman's U, idmap, relabel, rw.
// A missing bind source is an error here.
engine::MountOption parse_mount(const std::string& text);

// PATH[:OPTIONS].
engine::MountOption parse_tmpfs(const std::string& text);

}  // namespace minidock::cli
