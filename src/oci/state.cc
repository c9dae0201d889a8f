#include "oci/state.h"

#include <nlohmann/json.hpp>

#include "oci/json_fields.h"

namespace minidock::oci {

std::string to_json(const State& state) {
  nlohmann::json out = {
      {"ociVersion", state.oci_version}, {"id", state.id}, {"status", state.status}, {"bundle", state.bundle}};
  put(out, "pid", state.pid);
  put(out, "annotations", state.annotations);
  return dump_json(out);
}

}  // namespace minidock::oci
