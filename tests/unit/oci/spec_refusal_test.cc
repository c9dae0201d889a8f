// Wrong types, missing fields and values out of range: each is refused with the path of the field.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "unit/oci/full_spec.h"

namespace minidock::oci {
namespace {

using nlohmann::json;

std::string of_process(const std::string& fields) {
  return refusal_of_spec(spec_with(cat(R"("process":{"cwd":"/",)", fields, "}")));
}
std::string of_linux(const std::string& fields) {
  return refusal_of_spec(spec_with(cat(R"("linux":{)", fields, "}")));
}
std::string of_resources(const std::string& fields) {
  return of_linux(cat(R"("resources":{)", fields, "}"));
}

TEST(SpecRefusal, OfTheDocument) {
  EXPECT_EQ(refusal_of_spec("nonsense"), "config.json: is not valid JSON");
  EXPECT_EQ(refusal_of_spec("[]"), "config.json: expected JSON object");
  EXPECT_EQ(refusal_of_spec("{}"), "config.json: ociVersion: is missing");
  EXPECT_EQ(refusal_of_spec(R"({"ociVersion":"1.2.0"})"), "config.json: root: is missing");
  EXPECT_EQ(refusal_of_spec(spec_with(R"("root":3)")), "config.json: root: expected object");
  EXPECT_EQ(refusal_of_spec(R"({"ociVersion":"1.2.0","root":{}})"), "config.json: root.path: is missing");
  EXPECT_EQ(refusal_of_spec(R"({"ociVersion":"2.0.0"})"),
            "config.json: ociVersion: version 2.0.0 is not supported: expected 1.x");
  for (const char* version : {"1", "1.0", "one", "1.x.0", "1.0.0.0"})
    EXPECT_EQ(refusal_of_spec(cat(R"({"ociVersion":")", version, "\"}")),
              "config.json: ociVersion: expected version such as 1.2.0");
  EXPECT_EQ(refusal_of_spec(spec_with(R"("annotations":{"":"x"})")),
            "config.json: annotations: expected keys that are not empty");
  EXPECT_EQ(refusal_of_spec(spec_with(R"("annotations":{"a":1})")), "config.json: annotations.a: expected string");
}

TEST(SpecRefusal, OfTheProcess) {
  EXPECT_EQ(refusal_of_spec(spec_with(R"("process":{})")), "config.json: process.cwd: is missing");
  EXPECT_EQ(refusal_of_spec(spec_with(R"("process":{"cwd":"a"})")), "config.json: process.cwd: expected absolute path");
  EXPECT_EQ(of_process(R"("args":"sh")"), "config.json: process.args: expected array of strings");
  EXPECT_EQ(of_process(R"("args":["sh",1])"), "config.json: process.args[1]: expected string");
  EXPECT_EQ(of_process(R"("user":{"uid":-1})"), "config.json: process.user.uid: expected integer from 0 to 4294967295");
  EXPECT_EQ(of_process(R"("user":{"uid":4294967296})"),
            "config.json: process.user.uid: expected integer from 0 to 4294967295");
  EXPECT_EQ(of_process(R"("user":{"additionalGids":[0,-1]})"),
            "config.json: process.user.additionalGids[1]: expected integer from 0 to 4294967295");
  EXPECT_EQ(of_process(R"("oomScoreAdj":1.5)"), "config.json: process.oomScoreAdj: expected integer");
  EXPECT_EQ(of_process(R"("oomScoreAdj":1001)"),
            "config.json: process.oomScoreAdj: expected integer from -1000 to 1000");
  EXPECT_EQ(of_process(R"("terminal":1)"), "config.json: process.terminal: expected true or false");
  EXPECT_EQ(of_process(R"("consoleSize":{"height":65536})"),
            "config.json: process.consoleSize.height: expected integer from 0 to 65535");
  EXPECT_EQ(of_process(R"("rlimits":[{"type":"RLIMIT_CPU","soft":1}])"),
            "config.json: process.rlimits[0].hard: is missing");
  EXPECT_EQ(of_process(R"("rlimits":[{"type":"R","soft":1,"hard":1},{"type":"R","soft":1,"hard":1}])"),
            "config.json: process.rlimits[1].type: duplicate R");
  EXPECT_EQ(of_process(R"("rlimits":[{"type":"R","soft":2,"hard":1}])"),
            "config.json: process.rlimits[0].soft: expected integer not above hard");
  EXPECT_EQ(of_process(R"("scheduler":{})"), "config.json: process.scheduler.policy: is missing");
  EXPECT_EQ(of_process(R"("ioPriority":{"priority":1})"), "config.json: process.ioPriority.class: is missing");
}

TEST(SpecRefusal, OfMountsAndHooks) {
  EXPECT_EQ(refusal_of_spec(spec_with(R"("mounts":[{"destination":"/a"},{"source":"x"}])")),
            "config.json: mounts[1].destination: is missing");
  EXPECT_EQ(refusal_of_spec(spec_with(R"("mounts":[7])")), "config.json: mounts[0]: expected object");
  EXPECT_EQ(refusal_of_spec(
                spec_with(R"("mounts":[{"destination":"/a","uidMappings":[{"containerID":0,"hostID":0,"size":1}]}])")),
            "config.json: mounts[0].uidMappings: expected together with gidMappings");
  EXPECT_EQ(refusal_of_spec(spec_with(R"("hooks":{"poststop":[{"path":"h"}]})")),
            "config.json: hooks.poststop[0].path: expected absolute path");
  EXPECT_EQ(refusal_of_spec(spec_with(R"("hooks":{"prestart":[{"path":"/h","timeout":0}]})")),
            "config.json: hooks.prestart[0].timeout: expected integer greater than zero");
}

TEST(SpecRefusal, OfLinux) {
  EXPECT_EQ(of_linux(R"("devices":[{"type":"c","path":"dev/x"}])"),
            "config.json: linux.devices[0].path: expected absolute path");
  EXPECT_EQ(of_linux(R"("devices":[{"type":"c","path":"/dev/x","major":1}])"),
            "config.json: linux.devices[0].minor: is missing");
  EXPECT_EQ(of_linux(R"("devices":[{"type":"x","path":"/dev/x"}])"),
            "config.json: linux.devices[0].type: expected c, b, u or p");
  EXPECT_EQ(of_linux(R"("namespaces":[{}])"), "config.json: linux.namespaces[0].type: is missing");
  EXPECT_EQ(of_linux(R"("namespaces":[{"type":"pid"},{"type":"pid"}])"),
            "config.json: linux.namespaces[1].type: duplicate pid");
  EXPECT_EQ(of_linux(R"("namespaces":[{"type":"pid","path":"x"}])"),
            "config.json: linux.namespaces[0].path: expected absolute path");
  EXPECT_EQ(of_linux(R"("uidMappings":[{"containerID":0,"hostID":0,"size":0}])"),
            "config.json: linux.uidMappings[0].size: expected integer greater than zero");
  EXPECT_EQ(of_linux(R"("gidMappings":[{"containerID":0,"hostID":4294967295,"size":2}])"),
            "config.json: linux.gidMappings[0].size: expected range within 4294967295");
  EXPECT_EQ(of_linux(R"("gidMappings":[{"containerID":0,"hostID":1}])"),
            "config.json: linux.gidMappings[0].size: is missing");
  EXPECT_EQ(of_linux(R"("timeOffsets":{"realtime":{"secs":1}})"),
            "config.json: linux.timeOffsets.realtime: expected monotonic or boottime");
  EXPECT_EQ(of_linux(R"("timeOffsets":{"boottime":{"nanosecs":1000000000}})"),
            "config.json: linux.timeOffsets.boottime.nanosecs: expected integer from 0 to 999999999");
  EXPECT_EQ(of_linux(R"("personality":{})"), "config.json: linux.personality.domain: is missing");
  EXPECT_EQ(of_linux(R"("seccomp":{"defaultAction":"X","syscalls":[{"names":[]}]})"),
            "config.json: linux.seccomp.syscalls[0].names: is missing or empty");
  EXPECT_EQ(of_linux(R"("seccomp":{"defaultAction":"X","listenerMetadata":"m"})"),
            "config.json: linux.seccomp.listenerPath: is missing");
}

TEST(SpecRefusal, OfResources) {
  EXPECT_EQ(of_resources(R"("memory":{"limit":"1g"})"), "config.json: linux.resources.memory.limit: expected integer");
  EXPECT_EQ(of_resources(R"("memory":{"limit":1.0})"), "config.json: linux.resources.memory.limit: expected integer");
  EXPECT_EQ(of_resources(R"("memory":{"limit":1e3})"), "config.json: linux.resources.memory.limit: expected integer");
  EXPECT_EQ(of_resources(R"("memory":{"limit":9223372036854775808})"),
            "config.json: linux.resources.memory.limit: expected integer from -9223372036854775808 to "
            "9223372036854775807");
  EXPECT_EQ(of_resources(R"("cpu":{"shares":-1})"),
            "config.json: linux.resources.cpu.shares: expected integer from 0 to 18446744073709551615");
  EXPECT_EQ(of_resources(R"("blockIO":{"weight":65536})"),
            "config.json: linux.resources.blockIO.weight: expected integer from 0 to 65535");
  EXPECT_EQ(of_resources(R"("blockIO":{"weightDevice":[{"major":8,"minor":0}]})"),
            "config.json: linux.resources.blockIO.weightDevice[0].weight: is missing");
  EXPECT_EQ(of_resources(R"("blockIO":{"throttleReadBpsDevice":[{"major":8,"minor":0}]})"),
            "config.json: linux.resources.blockIO.throttleReadBpsDevice[0].rate: is missing");
  EXPECT_EQ(of_resources(R"("hugepageLimits":[{"limit":1}])"),
            "config.json: linux.resources.hugepageLimits[0].pageSize: is missing");
  EXPECT_EQ(of_resources(R"("network":{"priorities":[{"name":"eth0"}]})"),
            "config.json: linux.resources.network.priorities[0].priority: is missing");
  EXPECT_EQ(of_resources(R"("rdma":{"mlx":{}})"), "config.json: linux.resources.rdma.mlx.hcaHandles: is missing");
  EXPECT_EQ(of_resources(R"("devices":[{"type":"c"}])"), "config.json: linux.resources.devices[0].allow: is missing");
  EXPECT_EQ(of_resources(R"("unified":{"memory.max":1})"),
            "config.json: linux.resources.unified.memory.max: expected string");
}

// Every place of the full document in turn, given as a path of nlohmann's.
std::vector<json::json_pointer> places() {
  std::vector<json::json_pointer> out;
  const json flat = json::parse(kFullSpec).flatten();
  for (const auto& [path, value] : flat.items()) {
    for (json::json_pointer at(path); !at.empty(); at = at.parent_pointer())
      if (std::find(out.begin(), out.end(), at) == out.end()) out.push_back(at);
  }
  return out;
}

TEST(SpecRefusal, ANullIsAnAbsentField) {
  size_t accepted = 0;
  for (const json::json_pointer& place : places()) {
    json document = json::parse(kFullSpec);
    document[place] = nullptr;
    const std::string nulled = refusal_of_spec(document.dump());
    const std::string key = place.back();
    const bool is_element = key.find_first_not_of("0123456789") == std::string::npos;
    if (is_element) continue;  // null as an element is refused: nothing says what it would stand for
    document[place.parent_pointer()].erase(key);
    EXPECT_EQ(nulled, refusal_of_spec(document.dump())) << place;
    accepted += nulled == "accepted";
  }
  EXPECT_GT(accepted, 90u) << "most fields are optional";
}

TEST(SpecRefusal, AWrongTypeIsRefusedEverywhereWithItsPath) {
  for (const json::json_pointer& place : places()) {
    json document = json::parse(kFullSpec);
    // What is not an array takes none.
    document[place] = document[place].is_array() ? json("x") : json::array();
    std::string path;
    for (const std::string& part : split(place.to_string().substr(1), '/'))
      path += part.find_first_not_of("0123456789") == std::string::npos ? cat("[", part, "]")
                                                                        : cat(path.empty() ? "" : ".", part);
    EXPECT_THAT(refusal_of_spec(document.dump()), testing::StartsWith(cat("config.json: ", path, ": expected ")))
        << place;
  }
}

// A generator of our own: the same bytes on every machine.
class Numbers {
 public:
  size_t below(size_t end) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return (state_ >> 33) % end;
  }

 private:
  uint64_t state_ = 1;
};

TEST(SpecRefusal, DamagedDocumentsAreReadOrRefusedAndNothingElse) {
  Numbers numbers;
  const std::string whole = json::parse(kFullSpec).dump();
  size_t refused = 0;
  for (int round = 0; round < 1000; ++round) {
    std::string text = whole;
    for (size_t damage = 1 + numbers.below(3); damage > 0; --damage) {
      const size_t at = numbers.below(text.size());
      switch (numbers.below(4)) {
        case 0:
          text[at] = static_cast<char>(numbers.below(256));
          break;
        case 1:
          text.erase(at, numbers.below(20));
          break;
        case 2:
          text.insert(at, text.substr(numbers.below(text.size()), numbers.below(30)));
          break;
        default:
          text[at] = "[]{}\",:-0.e"[numbers.below(11)];
          break;
      }
    }
    const std::string answer = refusal_of_spec(text);
    if (answer == "accepted") {
      const std::string once = to_json(parse_spec(text));
      EXPECT_EQ(to_json(parse_spec(once)), once) << text;
    } else {
      EXPECT_THAT(answer, testing::StartsWith("config.json: ")) << text;
      ++refused;
    }
  }
  EXPECT_GT(refused, 300u);
}

TEST(SpecRefusal, PartsAloneNameTheirOwnFields) {
  const auto refusal = [](auto parse, const char* text) -> std::string {
    try {
      parse(text);
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(refusal(parse_process, R"({"cwd":"/","args":1})"), "process: args: expected array of strings");
  EXPECT_EQ(refusal(parse_process, "7"), "process: expected JSON object");
  EXPECT_EQ(refusal(parse_resources, R"({"memory":{"limit":true}})"), "resources: memory.limit: expected integer");
  EXPECT_EQ(refusal(parse_resources, R"({"devices":null,"memory":{"limit":-1}})"), "accepted");
  EXPECT_EQ(parse_resources(R"({"memory":{"limit":-1}})").memory_limit, -1);
  EXPECT_EQ(parse_process(R"({"cwd":"/x","args":["a"]})").args, std::vector<std::string>{"a"});
}

}  // namespace
}  // namespace minidock::oci
