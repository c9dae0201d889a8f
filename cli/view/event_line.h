// An event as docker shows it.
#pragma once

#include <string>

#include "cli/format/ast.h"
#include "cli/view/filter.h"
#include "oci/event.h"

namespace minidock::cli {

// 2026-01-02T03:04:05.000000006Z container start ID (image=busybox, name=web)
std::string event_line(const oci::Event& event);
Json event_json(const oci::Event& event);    // as the API has it: status, id, from, Type, Action, Actor, …
Json event_fields(const oci::Event& event);  // what a template sees: Type, Action, Actor.ID, Actor.Attributes, …

const std::vector<std::string_view>& event_filter_names();
bool event_matches(const oci::Event& event, const Filters& filters);

}  // namespace minidock::cli
