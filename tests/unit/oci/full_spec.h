// A config.json with every field that minidock knows, each away from its default, and short ones around a field.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/error.h"
#include "oci/spec.h"

namespace minidock::oci {

constexpr std::string_view kFullSpec = R"({
  "ociVersion": "1.1.0",
  "process": {
    "terminal": true, "consoleSize": {"height": 24, "width": 80},
    "user": {"uid": 1, "gid": 2, "additionalGids": [3, 4294967295], "umask": 18,
             "minidock.lookup": "me:us", "minidock.addGroups": ["wheel"]},
    "args": ["sh", "-c", "true"], "env": ["A=1"], "cwd": "/w",
    "capabilities": {"bounding": ["CAP_KILL"], "effective": ["CAP_KILL"], "permitted": ["CAP_KILL"],
                     "inheritable": ["CAP_CHOWN"], "ambient": ["CAP_CHOWN"]},
    "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 1024, "hard": 18446744073709551615}],
    "noNewPrivileges": true, "apparmorProfile": "p", "selinuxLabel": "system_u:system_r:t:s0", "oomScoreAdj": -500,
    "scheduler": {"policy": "SCHED_DEADLINE", "nice": -3, "priority": 4, "flags": ["SCHED_FLAG_RESET_ON_FORK"],
                  "runtime": 10000000, "deadline": 20000000, "period": 30000000},
    "ioPriority": {"class": "IOPRIO_CLASS_IDLE", "priority": 3},
    "execCPUAffinity": {"initial": "0-1", "final": "1"}},
  "root": {"path": "/r", "readonly": true},
  "hostname": "h", "domainname": "d",
  "mounts": [{"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid"],
              "uidMappings": [{"containerID": 0, "hostID": 1, "size": 2}],
              "gidMappings": [{"containerID": 0, "hostID": 1, "size": 2}]}],
  "annotations": {"k": "v"},
  "linux": {
    "uidMappings": [{"containerID": 0, "hostID": 100000, "size": 65536}],
    "gidMappings": [{"containerID": 1, "hostID": 2, "size": 3}],
    "sysctl": {"net.ipv4.ip_forward": "1"}, "cgroupsPath": "/c",
    "namespaces": [{"type": "pid"}, {"type": "network", "path": "/proc/1/ns/net"}],
    "devices": [{"type": "c", "path": "/dev/fuse", "major": 10, "minor": 229, "fileMode": 432, "uid": 5, "gid": 6},
                {"type": "p", "path": "/dev/pipe", "fileMode": 384, "uid": 1, "gid": 1}],
    "resources": {
      "devices": [{"allow": false, "type": "a", "access": "rwm"},
                  {"allow": true, "type": "c", "major": 1, "minor": 3, "access": "rw"}],
      "memory": {"limit": 1, "swap": -1, "reservation": 2, "kernel": -1, "kernelTCP": -1, "swappiness": 60,
                 "disableOOMKiller": true, "useHierarchy": true, "checkBeforeUpdate": false},
      "cpu": {"shares": 512, "quota": -1, "burst": 5, "period": 100000, "realtimeRuntime": 950000,
              "realtimePeriod": 1000000, "cpus": "0-1", "mems": "0", "idle": 1},
      "pids": {"limit": 10},
      "blockIO": {"weight": 100, "leafWeight": 10,
                  "weightDevice": [{"major": 8, "minor": 0, "weight": 20, "leafWeight": 30}],
                  "throttleReadBpsDevice": [{"major": 8, "minor": 1, "rate": 11}],
                  "throttleWriteBpsDevice": [{"major": 8, "minor": 2, "rate": 22}],
                  "throttleReadIOPSDevice": [{"major": 8, "minor": 3, "rate": 33}],
                  "throttleWriteIOPSDevice": [{"major": 8, "minor": 4, "rate": 44}]},
      "hugepageLimits": [{"pageSize": "2MB", "limit": 9223372036854772000}],
      "network": {"classID": 1048577, "priorities": [{"name": "eth0", "priority": 7}]},
      "rdma": {"mlx5_1": {"hcaHandles": 3, "hcaObjects": 10000}},
      "unified": {"memory.high": "1"}},
    "seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "architectures": ["SCMP_ARCH_X86_64"],
                "flags": ["SECCOMP_FILTER_FLAG_LOG"], "listenerPath": "/run/agent", "listenerMetadata": "m",
                "syscalls": [{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "errnoRet": 1,
                              "args": [{"index": 0, "value": 40, "valueTwo": 1, "op": "SCMP_CMP_GT"}]}]},
    "maskedPaths": ["/proc/kcore"], "readonlyPaths": ["/proc/sys"], "rootfsPropagation": "rslave",
    "timeOffsets": {"monotonic": {"secs": 7, "nanosecs": 999999999}, "boottime": {"secs": -5, "nanosecs": 1}},
    "personality": {"domain": "LINUX32", "flags": ["F"]}, "mountLabel": "l", "intelRdt": {}},
  "hooks": {"prestart": [{"path": "/bin/h", "args": ["h", "x"], "env": ["E=1"], "timeout": 3}],
            "createRuntime": [{"path": "/1"}], "createContainer": [{"path": "/2"}], "startContainer": [{"path": "/3"}],
            "poststart": [{"path": "/4"}], "poststop": [{"path": "/5"}]}
})";

inline std::string spec_with(const std::string& rest) {
  return R"({"ociVersion":"1.2.0","root":{"path":"rootfs"},)" + rest + "}";
}

// "accepted", or the message.
inline std::string refusal_of_spec(std::string_view json) {
  try {
    parse_spec(json);
  } catch (const Error& error) {
    return error.kind() == ErrorKind::invalid ? error.what() : "wrong kind of error";
  }
  return "accepted";
}

}  // namespace minidock::oci
