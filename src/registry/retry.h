// Trying again: what breaks on the way or is refused for the moment, with growing pauses, or after the time that the
// server asks for. Source: RFC 9110 section 10.2.3 (Retry-After), RFC 6585 section 4 (429).
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "registry/http.h"

namespace minidock::registry {

// 429 and what says that a server cannot just now.
bool is_for_the_moment(int status);
// Seconds from a Retry-After header, a number or a date; nullopt for other texts.
std::optional<int64_t> parse_retry_after(std::string_view text, int64_t now_seconds);

// `attempt` until it gives another status, at most settings.attempts times; what it throws last is thrown. `came_on`
// says whether the last attempt got further than those before: then the count begins anew. Throws exhausted where a
// server asks for more time than we have.
HttpResponse with_retries(const Settings& settings, const std::function<HttpResponse()>& attempt,
                          const std::function<bool()>& came_on = {});

}  // namespace minidock::registry
