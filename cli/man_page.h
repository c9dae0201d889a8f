// Man pages made from the texts of cli/man: man(7) macros, section 1.
#pragma once

#include <string>
#include <string_view>

#include "cli/command.h"

namespace minidock::cli {

// Pure. `name`: "minidock-run"; `page`: its Markdown; `aliases`: "container run,…".
std::string man_page(std::string_view name, std::string_view summary, std::string_view aliases, std::string_view page);

// "minidock-image-prune" for "image prune".
std::string man_page_name(std::string_view command);

// minidock(1): the page "minidock", and the list of all others.
std::string main_man_page(const CommandTable& table);

}  // namespace minidock::cli
