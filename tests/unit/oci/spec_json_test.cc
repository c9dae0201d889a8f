#include <gtest/gtest.h>

#include "base/error.h"
#include "oci/spec.h"

namespace minidock::oci {
namespace {

// Every field that minidock knows, away from its default.
constexpr std::string_view kFull = R"({
  "ociVersion": "1.1.0",
  "process": {
    "terminal": true, "consoleSize": {"height": 24, "width": 80},
    "user": {"uid": 1, "gid": 2, "additionalGids": [3, 4294967295], "umask": 18,
             "minidock.lookup": "me:us", "minidock.addGroups": ["wheel"]},
    "args": ["sh", "-c", "true"], "env": ["A=1"], "cwd": "/w",
    "capabilities": {"bounding": ["CAP_KILL"], "effective": ["CAP_KILL"], "permitted": ["CAP_KILL"],
                     "inheritable": ["CAP_CHOWN"], "ambient": ["CAP_CHOWN"]},
    "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 1024, "hard": 18446744073709551615}],
    "noNewPrivileges": true, "apparmorProfile": "p", "oomScoreAdj": -500},
  "root": {"path": "/r", "readonly": true},
  "hostname": "h", "domainname": "d",
  "mounts": [{"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid"]}],
  "annotations": {"k": "v"},
  "linux": {
    "uidMappings": [{"containerID": 0, "hostID": 100000, "size": 65536}],
    "gidMappings": [{"containerID": 1, "hostID": 2, "size": 3}],
    "sysctl": {"net.ipv4.ip_forward": "1"}, "cgroupsPath": "/c",
    "namespaces": [{"type": "pid"}, {"type": "network", "path": "/proc/1/ns/net"}],
    "devices": [{"type": "c", "path": "/dev/fuse", "major": 10, "minor": 229, "fileMode": 432, "uid": 5, "gid": 6}],
    "resources": {
      "devices": [{"allow": false, "type": "a", "access": "rwm"},
                  {"allow": true, "type": "c", "major": 1, "minor": 3, "access": "rw"}],
      "memory": {"limit": 1, "swap": -1, "reservation": 2, "swappiness": 60, "disableOOMKiller": true},
      "cpu": {"shares": 512, "quota": -1, "period": 100000, "cpus": "0-1", "mems": "0"},
      "pids": {"limit": 10}, "blockIO": {"weight": 100}, "unified": {"memory.high": "1"}},
    "seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "architectures": ["SCMP_ARCH_X86_64"],
                "flags": ["SECCOMP_FILTER_FLAG_LOG"],
                "syscalls": [{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "errnoRet": 1,
                              "args": [{"index": 0, "value": 40, "valueTwo": 1, "op": "SCMP_CMP_GT"}]}]},
    "maskedPaths": ["/proc/kcore"], "readonlyPaths": ["/proc/sys"], "rootfsPropagation": "rslave"},
  "hooks": {"prestart": [{"path": "/bin/h", "args": ["h", "x"], "env": ["E=1"], "timeout": 3}]}
})";

std::string refusal_of_spec(std::string_view json) {
  try {
    parse_spec(json);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid);
    return error.what();
  }
  return "accepted";
}

std::string with(const std::string& rest) {
  return R"({"ociVersion":"1.2.0",)" + rest + "}";
}

TEST(SpecJson, ReadsEveryField) {
  const Spec spec = parse_spec(kFull);
  EXPECT_EQ(spec.process.rows, 24);
  EXPECT_EQ(spec.process.columns, 80);
  EXPECT_EQ(spec.process.user.additional_gids, (std::vector<uint32_t>{3, 4294967295}));
  EXPECT_EQ(spec.process.user.lookup, "me:us");
  EXPECT_EQ(spec.process.rlimits.at(0).hard, UINT64_MAX);
  EXPECT_EQ(spec.process.oom_score_adj, -500);
  EXPECT_TRUE(spec.root_readonly);
  EXPECT_EQ(spec.linux_.namespaces.at(1).path, "/proc/1/ns/net");
  EXPECT_EQ(spec.linux_.devices.at(0).mode, 0660u);
  EXPECT_EQ(spec.linux_.resources.devices.at(0).major, std::nullopt);
  EXPECT_EQ(spec.linux_.resources.memory_swap, -1);
  EXPECT_EQ(spec.linux_.seccomp->rules.at(0).args.at(0).value, 40u);
  EXPECT_EQ(spec.hooks.at("prestart").at(0).timeout, 3);
}

TEST(SpecJson, EveryFieldGoesThereAndBack) {
  const std::string once = to_json(parse_spec(kFull));
  EXPECT_EQ(to_json(parse_spec(once)), once);
  // Nothing of the input may be missing: key names and values occur in the output, whatever their order.
  for (const char* piece : {"consoleSize",
                            "minidock.lookup",
                            "minidock.addGroups",
                            "umask",
                            "ambient",
                            "18446744073709551615",
                            "-500",
                            "rslave",
                            "disableOOMKiller",
                            "swappiness",
                            "memory.high",
                            "valueTwo",
                            "defaultErrnoRet",
                            "SECCOMP_FILTER_FLAG_LOG",
                            "fileMode",
                            "gidMappings",
                            "cgroupsPath",
                            "domainname",
                            "annotations",
                            "apparmorProfile",
                            "blockIO",
                            "timeout"}) {
    EXPECT_NE(once.find(piece), std::string::npos) << piece;
  }
}

TEST(SpecJson, AnEmptySpecIsSmallAndStable) {
  const std::string json = to_json(Spec());
  EXPECT_EQ(json, R"({"ociVersion":"1.2.0","process":{"cwd":"/","user":{"gid":0,"uid":0}},)"
                  R"("root":{"path":"rootfs","readonly":false}})");
  EXPECT_EQ(to_json(parse_spec(json)), json);
}

TEST(SpecJson, UnknownFieldsAreIgnored) {
  EXPECT_EQ(refusal_of_spec(with(R"("vm":{"x":1},"linux":{"intelRdt":{}},"process":{"ioPriority":null})")), "accepted");
}

TEST(SpecJson, MinusOneMeansAnyDevice) {
  const Spec spec =
      parse_spec(with(R"("linux":{"resources":{"devices":[{"allow":true,"type":"c","major":-1,"minor":5}]}})"));
  EXPECT_EQ(spec.linux_.resources.devices.at(0).major, std::nullopt);
  EXPECT_EQ(spec.linux_.resources.devices.at(0).minor, 5);
}

TEST(SpecJson, RefusalsNameTheField) {
  EXPECT_EQ(refusal_of_spec("nonsense"), "config.json: is not valid JSON");
  EXPECT_EQ(refusal_of_spec("{}"), "config.json: ociVersion: is missing");
  EXPECT_EQ(refusal_of_spec(with(R"("process":{"args":"sh"})")),
            "config.json: process.args: must be an array of strings");
  EXPECT_EQ(refusal_of_spec(with(R"("process":{"user":{"uid":-1}})")),
            "config.json: process.user.uid: must be a whole number from 0 to 4294967295");
  EXPECT_EQ(refusal_of_spec(with(R"("process":{"user":{"uid":4294967296}})")),
            "config.json: process.user.uid: must be a whole number from 0 to 4294967295");
  EXPECT_EQ(refusal_of_spec(with(R"("process":{"oomScoreAdj":1.5})")),
            "config.json: process.oomScoreAdj: must be a whole number from -2147483648 to 2147483647");
  EXPECT_EQ(refusal_of_spec(with(R"("process":{"terminal":1})")),
            "config.json: process.terminal: must be true or false");
  EXPECT_EQ(refusal_of_spec(with(R"("mounts":[{"destination":"/a"},{"source":"x"}])")),
            "config.json: mounts[1].destination: is missing");
  EXPECT_EQ(refusal_of_spec(with(R"("mounts":[7])")), "config.json: mounts[0]: must be an object");
  EXPECT_EQ(refusal_of_spec(with(R"("linux":{"seccomp":{"defaultAction":"X","syscalls":[{"names":[]}]}})")),
            "config.json: linux.seccomp.syscalls[0].names: is missing or empty");
  EXPECT_EQ(refusal_of_spec(with(R"("linux":{"devices":[{"path":"dev/x"}]})")),
            "config.json: linux.devices[0].path: must be an absolute path");
  EXPECT_EQ(refusal_of_spec(with(R"("linux":{"namespaces":[{}]})")),
            "config.json: linux.namespaces[0].type: is missing");
  EXPECT_EQ(refusal_of_spec(with(R"("hooks":{"poststop":[{"path":"h"}]})")),
            "config.json: hooks.poststop[0].path: must be an absolute path");
  EXPECT_EQ(refusal_of_spec(with(R"("root":3)")), "config.json: root: must be an object");
}

}  // namespace
}  // namespace minidock::oci
