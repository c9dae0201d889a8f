// Docker's flags that choose among plugins or runtimes: minidock has one of each, and scripts that name docker's
// default get it. What names another is refused in docker's words.
#pragma once

#include <map>
#include <string>

namespace minidock::cli {

void check_runtime(const std::string& text);         // throws unsupported
void check_volume_driver(const std::string& text);   // throws unsupported
void check_storage_option(const std::string& text);  // throws invalid, and unsupported for every option there is
void check_user_namespace(const std::string& text);  // throws invalid and unsupported: only "host"
void add_annotation(std::map<std::string, std::string>& annotations, const std::string& text);  // KEY=VALUE

}  // namespace minidock::cli
