// The list of a repository's tags, which comes in pages. Sources: OCI distribution-spec 1.1, "Listing Tags"; RFC 8288.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minidock::registry {

// Where the next page is, by a Link header's value: `</v2/app/tags/list?last=b>; rel="next"`. nullopt: there is none.
std::optional<std::string> next_page(std::string_view link);

// The tags of one page, in its order. Throws corrupt where it is no list, or one of them is no tag.
std::vector<std::string> parse_tag_list(std::string_view text, const std::string& what);

}  // namespace minidock::registry
