// Names of containers: the rule, the random ones, and the one table where all of them are reserved.
#pragma once

#include <string>
#include <string_view>

#include "store/state.h"

namespace minidock::store {

// "/web" -> "web". Throws invalid with docker's text unless ^/?[a-zA-Z0-9][a-zA-Z0-9_.-]+$.
std::string check_container_name(std::string_view name);
// The same rule for volumes, with docker's other text.
void check_volume_name(std::string_view name);

std::string random_name();  // "adjective_surname"

// Reserves `name` for container `id`, which a live lease must name until its row is there. Throws conflict with
// docker's text, which names the holder.
void reserve_name(Rooms& rooms, const std::string& name, const std::string& id);
// Reserves some free random name and returns it.
std::string reserve_random_name(Rooms& rooms, const std::string& id);
// Lets go of a name; if it is another container's by now, nothing happens.
void release_name(Rooms& rooms, const std::string& name, const std::string& id);

// Does a row or a live lease of container `id` stand behind `name`?
bool is_name_held(Rooms& rooms, const std::string& name, const std::string& id);

}  // namespace minidock::store
