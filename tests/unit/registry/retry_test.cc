#include "registry/retry.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace minidock::registry {
namespace {

TEST(Retry, ReadsRetryAfter) {
  EXPECT_EQ(parse_retry_after("120", 0), 120);
  EXPECT_EQ(parse_retry_after("Thu, 01 Jan 1970 00:01:40 GMT", 40), 60);
  EXPECT_EQ(parse_retry_after("Thu, 01 Jan 1970 00:01:40 GMT", 400), 0);
  for (const char* wrong : {"", "-1", "soon", "1 minute"}) EXPECT_FALSE(parse_retry_after(wrong, 0)) << wrong;
}

HttpResponse response_of(int status, const char* retry_after) {
  HttpResponse response;
  response.status = status;
  response.headers = {{"retry-after", retry_after}};
  return response;
}

TEST(Retry, EndsWithTheFirstStatusThatStands) {
  int tried = 0;
  const auto attempt = [&] { return response_of(++tried < 3 ? 503 : 404, "0"); };
  EXPECT_EQ(with_retries({}, attempt).status, 404);
  EXPECT_EQ(tried, 3);
}

TEST(Retry, EndsAfterAllAttempts) {
  int tried = 0;
  const auto attempt = [&] {
    ++tried;
    return response_of(429, "0");
  };
  EXPECT_EQ(with_retries({}, attempt).status, 429);
  EXPECT_EQ(tried, Settings().attempts);
}

TEST(Retry, DoesNotWaitForEver) {
  EXPECT_THROW(with_retries({}, [] { return response_of(429, "86400"); }), Error);
}

TEST(Retry, WhatCannotHelpIsNotTriedAgain) {
  int tried = 0;
  const auto attempt = [&]() -> HttpResponse {
    ++tried;
    throw TransferError(ErrorKind::not_found, "no such host", false, false);
  };
  EXPECT_THROW(with_retries({}, attempt), Error);
  EXPECT_EQ(tried, 1);
}

}  // namespace
}  // namespace minidock::registry
