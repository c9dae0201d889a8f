// The "linux" object of config.json (runtime-spec config-linux.md): the half of parse_spec() that is
// Linux's own. For source files of this folder.
#pragma once

#include "oci/json_fields.h"
#include "oci/spec.h"

namespace minidock::oci {

Linux read_linux(const JsonReader& from);

}  // namespace minidock::oci
