// What an image is for: operating system, architecture and its variant, in Go's words.
// Source: image-spec image-index.md "platform"; docker's --platform.
#pragma once

#include <string>
#include <string_view>

namespace minidock::oci {

struct Platform {
  std::string os, architecture, variant;  // "" where nothing is said
  std::string text() const;               // "linux/arm64/v8"
  bool operator==(const Platform&) const = default;
};

Platform host_platform();
// "os/arch[/variant]", "arch" or "linux" alone, where this host's word stands for what is not said. Throws invalid, in
// docker's words.
Platform parse_platform(std::string_view text);

// How well something made for `offered` does where `wanted` is asked for: 0 not at all, more is better. A variant that
// nobody asked for is taken where it is the architecture's first: amd64/v1, arm64/v8; of arm the highest that is there.
int match(const Platform& wanted, const Platform& offered);

}  // namespace minidock::oci
