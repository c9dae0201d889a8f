#include "monitor/helper/text.h"

#include <time.h>

namespace minidock::monitor {

namespace {
char* put_digits(char* out, int64_t number, int width) {
  for (int i = width - 1; i >= 0; --i, number /= 10) out[i] = static_cast<char>('0' + number % 10);
  return out + width;
}
}  // namespace

uint32_t format_now(char* out) {
  timespec time = {};
  clock_gettime(CLOCK_REALTIME, &time);
  const int64_t days = time.tv_sec / 86400;
  const int64_t rest = time.tv_sec % 86400;
  // Days since 1970 to a civil date: eras of 400 years that begin on 1 March, so leap days come last.
  const int64_t shifted = days + 719468;
  const int64_t era = shifted / 146097;
  const int64_t day_of_era = shifted % 146097;
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month_index = (5 * day_of_year + 2) / 153;
  const int64_t day = day_of_year - (153 * month_index + 2) / 5 + 1;
  const int64_t month = month_index < 10 ? month_index + 3 : month_index - 9;
  const int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  char* at = put_digits(out, year, 4);
  *at++ = '-';
  at = put_digits(at, month, 2);
  *at++ = '-';
  at = put_digits(at, day, 2);
  *at++ = 'T';
  at = put_digits(at, rest / 3600, 2);
  *at++ = ':';
  at = put_digits(at, rest / 60 % 60, 2);
  *at++ = ':';
  at = put_digits(at, rest % 60, 2);
  *at++ = '.';
  at = put_digits(at, time.tv_nsec, 9);
  *at++ = 'Z';
  return static_cast<uint32_t>(at - out);
}

}  // namespace minidock::monitor
