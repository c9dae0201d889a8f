// The HEALTHCHECK instruction. For source files of this folder.
#pragma once

#include <string_view>

#include "oci/image_config.h"

namespace minidock::oci {

// `arguments`: all that follows the word HEALTHCHECK: flags, then CMD with a command in shell or JSON form, or NONE.
HealthCheck parse_health_check(std::string_view arguments);

// Go's durations: "30s", "1m30s", "500ms", "1.5h"; throws invalid with Go's text.
Nanoseconds parse_go_duration(std::string_view text);

}  // namespace minidock::oci
