#include "registry/retry.h"

#include <time.h>

#include <algorithm>

#include "base/text.h"
#include "base/time.h"

namespace minidock::registry {

namespace {

constexpr int64_t kFirstPause = 500;  // milliseconds; each is twice the one before
constexpr int64_t kLongestPause = 8000;

void pause(int64_t milliseconds) {
  timespec left = {milliseconds / 1000, milliseconds % 1000 * 1'000'000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

}  // namespace

bool is_for_the_moment(int status) {
  return status == 429 || status == 408 || status == 500 || status == 502 || status == 503 || status == 504;
}

std::optional<int64_t> parse_retry_after(std::string_view text, int64_t now_seconds) {
  if (const std::optional<int64_t> seconds = parse_int(text)) {
    if (*seconds < 0) return std::nullopt;
    return seconds;
  }
  tm parts = {};
  const std::string copy(text);
  const char* end = strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != 0) return std::nullopt;
  return std::max<int64_t>(0, timegm(&parts) - now_seconds);
}

HttpResponse with_retries(const Settings& settings, const std::function<HttpResponse()>& attempt,
                          const std::function<bool()>& came_on) {
  int64_t next_pause = kFirstPause;
  for (int tried = 1;; ++tried) {
    int64_t wait = next_pause;
    try {
      HttpResponse response = attempt();
      if (!is_for_the_moment(response.status) || tried >= settings.attempts) return response;
      const auto asked = parse_retry_after(response.header("retry-after"), now() / kSecond);
      if (asked && *asked > settings.most_wait) {
        throw_error(ErrorKind::exhausted, "the registry is busy and asks to come again in ", *asked, " seconds");
      }
      if (asked) wait = *asked * 1000;
    } catch (const TransferError& error) {
      if (came_on && came_on()) {
        tried = 0;
        next_pause = wait = kFirstPause;
      }
      if (!error.may_help_again || tried >= settings.attempts) throw;
    }
    pause(wait);
    next_pause = std::min(kLongestPause, next_pause * 2);
  }
}

}  // namespace minidock::registry
