// The HEALTHCHECK instruction, and lengths of time as Go writes them.
#pragma once

#include <string_view>

#include "oci/image_config.h"

namespace minidock::oci {

// `arguments`: all that follows the word HEALTHCHECK: flags, then CMD with a command in shell or JSON form, or NONE.
HealthCheck parse_health_check(std::string_view arguments);

// Go's durations: "30s", "1m30s", "500ms", "1.5h"; throws invalid with Go's text.
Nanoseconds parse_go_duration(std::string_view text);
// The same back, as time.Duration's String: "1m30s", "1.5s", "250ms". Not of a negative length.
std::string go_duration(Nanoseconds length);

}  // namespace minidock::oci
