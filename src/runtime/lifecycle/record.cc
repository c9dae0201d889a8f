#include "runtime/lifecycle/record.h"

#include <nlohmann/json.hpp>

#include "oci/json_fields.h"

namespace minidock::runtime {

namespace {

void read_init(const oci::JsonReader& from, ProcessIdentity& init) {
  from.read("pid", init.pid);
  from.read("startTime", init.start_time);
  from.read("bootId", init.boot_id);
}

void read_cgroup(const oci::JsonReader& from, CgroupPlacement& cgroup) {
  from.read("path", cgroup.path);
  from.read("unit", cgroup.unit);
}

void read_before(const oci::JsonReader& from, RootBefore& before) {
  from.read("bootId", before.boot_id);
  from.read("mount", before.mount);
  from.read("device", before.device);
  from.read("inode", before.inode);
}

}  // namespace

Record parse_record(std::string_view text) {
  constexpr const char* kDocument = "state.json";
  const nlohmann::json document = oci::parse_json(text, kDocument, ErrorKind::corrupt);
  const oci::JsonReader from(document, kDocument, ErrorKind::corrupt);
  Record record;
  from.read("id", record.id);
  from.read("ociVersion", record.oci_version);
  from.read("bundle", record.bundle);
  from.read("rootfs", record.rootfs);
  from.read("created", record.created);
  from.read("owner", record.owner);
  if (const auto init = from.find("init")) read_init(*init, record.init);
  from.read("complete", record.complete);
  from.read("ownPidNamespace", record.own_pid_namespace);
  from.read("rereadsConfig", record.rereads_config);
  from.read("newKeyring", record.new_keyring);
  from.read("seccompFlags", record.seccomp_flags);
  if (const auto cgroup = from.find("cgroup")) read_cgroup(*cgroup, record.cgroup);
  if (const auto before = from.find("rootBefore")) read_before(*before, record.before);
  from.read("annotations", record.annotations);
  return record;
}

std::string to_json(const Record& record) {
  nlohmann::json out = {{"id", record.id},
                        {"ociVersion", record.oci_version},
                        {"bundle", record.bundle},
                        {"rootfs", record.rootfs},
                        {"created", record.created},
                        {"owner", record.owner},
                        {"complete", record.complete},
                        {"ownPidNamespace", record.own_pid_namespace},
                        {"rereadsConfig", record.rereads_config},
                        {"newKeyring", record.new_keyring},
                        {"seccompFlags", record.seccomp_flags}};
  out["init"] = {{"pid", record.init.pid}, {"startTime", record.init.start_time}, {"bootId", record.init.boot_id}};
  out["cgroup"] = {{"path", record.cgroup.path}, {"unit", record.cgroup.unit}};
  const RootBefore& before = record.before;
  if (!before.boot_id.empty())
    out["rootBefore"] = {
        {"bootId", before.boot_id}, {"mount", before.mount}, {"device", before.device}, {"inode", before.inode}};
  out["annotations"] = record.annotations;
  return oci::dump_json(out);
}

}  // namespace minidock::runtime
