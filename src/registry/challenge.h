// What a server asks for in WWW-Authenticate. Source: RFC 9110 section 11.6.1, RFC 6750 section 3.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace minidock::registry {

struct Challenge {
  std::string scheme;                             // lower case
  std::map<std::string, std::string> parameters;  // names in lower case
};

// The challenges of one header line. Throws corrupt for what the grammar does not allow, a parameter that is given
// twice, and more than 8 KiB.
std::vector<Challenge> parse_challenges(std::string_view header);

}  // namespace minidock::registry
