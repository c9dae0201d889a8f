#include "cli/completion/values.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "cli/view/container_line.h"
#include "cli/view/image_line.h"

namespace minidock::cli {
namespace {

using Words = std::vector<std::string>;

struct OperandRule {
  std::string_view command;
  Kind first, rest;
};

constexpr OperandRule kOperands[] = {
    {"run", Kind::image, Kind::none},
    {"create", Kind::image, Kind::none},
    {"start", Kind::stopped_container, Kind::stopped_container},
    {"stop", Kind::up_container, Kind::up_container},
    {"kill", Kind::up_container, Kind::up_container},
    {"restart", Kind::any_container, Kind::any_container},
    {"rm", Kind::any_container, Kind::any_container},
    {"exec", Kind::running_container, Kind::none},
    {"attach", Kind::running_container, Kind::none},
    {"top", Kind::up_container, Kind::none},
    {"stats", Kind::up_container, Kind::up_container},
    {"port", Kind::up_container, Kind::none},
    {"pause", Kind::running_container, Kind::running_container},
    {"unpause", Kind::paused_container, Kind::paused_container},
    {"wait", Kind::up_container, Kind::up_container},
    {"logs", Kind::any_container, Kind::none},
    {"rename", Kind::any_container, Kind::none},
    {"update", Kind::any_container, Kind::any_container},
    {"why", Kind::any_container, Kind::none},
    {"diff", Kind::any_container, Kind::none},
    {"export", Kind::any_container, Kind::none},
    {"commit", Kind::any_container, Kind::image},
    {"cp", Kind::copy_operand, Kind::copy_operand},
    {"mount", Kind::any_container, Kind::any_container},
    {"unmount", Kind::any_container, Kind::any_container},
    {"inspect", Kind::object, Kind::object},
    {"container inspect", Kind::any_container, Kind::any_container},
    {"container exists", Kind::any_container, Kind::none},
    {"container clone", Kind::any_container, Kind::none},
    {"images", Kind::image, Kind::none},
    {"rmi", Kind::image, Kind::image},
    {"tag", Kind::image, Kind::image},
    {"image inspect", Kind::image, Kind::image},
    {"save", Kind::image, Kind::image},
    {"push", Kind::image, Kind::none},
    {"history", Kind::image, Kind::none},
    {"image diff", Kind::image, Kind::image},
    {"image exists", Kind::image, Kind::none},
    {"image explore", Kind::image, Kind::none},
    {"image sign", Kind::image, Kind::none},
    {"image tree", Kind::image, Kind::none},
    {"image verify", Kind::image, Kind::none},
    {"image which", Kind::none, Kind::image},
    {"import", Kind::files, Kind::none},
    {"volume rm", Kind::volume, Kind::volume},
    {"volume exists", Kind::volume, Kind::none},
    {"volume export", Kind::volume, Kind::none},
    {"volume import", Kind::volume, Kind::files},
    {"help", Kind::command, Kind::none},
    {"completion", Kind::shell, Kind::none},
};

const Words& signals() {
  static const Words kSignals = {"TERM", "KILL", "INT",  "HUP",  "QUIT", "USR1", "USR2",
                                 "STOP", "CONT", "ALRM", "PIPE", "ABRT", "WINCH"};
  return kSignals;
}

const Words& capabilities() {
  static const Words kCapabilities = {"ALL",
                                      "AUDIT_CONTROL",
                                      "AUDIT_READ",
                                      "AUDIT_WRITE",
                                      "BLOCK_SUSPEND",
                                      "BPF",
                                      "CHECKPOINT_RESTORE",
                                      "CHOWN",
                                      "DAC_OVERRIDE",
                                      "DAC_READ_SEARCH",
                                      "FOWNER",
                                      "FSETID",
                                      "IPC_LOCK",
                                      "IPC_OWNER",
                                      "KILL",
                                      "LEASE",
                                      "LINUX_IMMUTABLE",
                                      "MAC_ADMIN",
                                      "MAC_OVERRIDE",
                                      "MKNOD",
                                      "NET_ADMIN",
                                      "NET_BIND_SERVICE",
                                      "NET_BROADCAST",
                                      "NET_RAW",
                                      "PERFMON",
                                      "SETFCAP",
                                      "SETGID",
                                      "SETPCAP",
                                      "SETUID",
                                      "SYSLOG",
                                      "SYS_ADMIN",
                                      "SYS_BOOT",
                                      "SYS_CHROOT",
                                      "SYS_MODULE",
                                      "SYS_NICE",
                                      "SYS_PACCT",
                                      "SYS_PTRACE",
                                      "SYS_RAWIO",
                                      "SYS_RESOURCE",
                                      "SYS_TIME",
                                      "SYS_TTY_CONFIG",
                                      "WAKE_ALARM"};
  return kCapabilities;
}

const std::map<std::string_view, OptionValues>& fixed_values() {
  static const std::map<std::string_view, OptionValues> kValues = {
      {"--restart", {Kind::none, {"no", "always", "unless-stopped", "on-failure", "on-failure:"}}},
      {"--network", {Kind::none, {"none", "host"}}},
      {"--net", {Kind::none, {"none", "host"}}},
      {"--pull", {Kind::none, {"missing", "never"}}},
      {"--log-driver", {Kind::none, {"local", "json-file", "journald", "none"}}},
      {"--log-opt", {Kind::none, {"max-size=", "max-file=", "compress="}, true}},
      {"--signal", {Kind::none, signals()}},
      {"--stop-signal", {Kind::none, signals()}},
      {"--pid", {Kind::none, {"host"}}},
      {"--ipc", {Kind::none, {"host", "private"}}},
      {"--uts", {Kind::none, {"host"}}},
      {"--cgroupns", {Kind::none, {"host", "private"}}},
      {"--attach", {Kind::none, {"stdin", "stdout", "stderr"}}},
      {"--cap-add", {Kind::none, capabilities()}},
      {"--cap-drop", {Kind::none, capabilities()}},
      {"--security-opt",
       {Kind::none, {"no-new-privileges", "seccomp=unconfined", "apparmor=unconfined", "systempaths=unconfined"}}},
      {"--mount", {Kind::none, {"type=bind,", "type=volume,", "type=tmpfs,", "type=image,"}, true}},
      {"--change",
       {Kind::none,
        {"CMD ", "ENTRYPOINT ", "ENV ", "EXPOSE ", "HEALTHCHECK ", "LABEL ", "ONBUILD ", "STOPSIGNAL ", "USER ",
         "VOLUME ", "WORKDIR "},
        true}},
      {"--env-file", {Kind::files, {}}},
      {"--label-file", {Kind::files, {}}},
      {"--cidfile", {Kind::files, {}}},
      {"--input", {Kind::files, {}}},
      {"--key", {Kind::files, {}}},
      {"--passphrase-file", {Kind::files, {}}},
      {"--signature", {Kind::files, {}}},
      {"--output", {Kind::files, {}}},
      {"--device", {Kind::files, {}}},
      {"--volume", {Kind::volume, {}}},
      {"--root", {Kind::files, {}}},
      {"--run-root", {Kind::files, {}}},
      {"--storage-driver", {Kind::none, {"erofs", "overlay"}}},
  };
  return kValues;
}

Words filter_names(std::string_view command) {
  const auto with_equals = [](const std::vector<std::string_view>& names) {
    Words out;
    for (const std::string_view name : names) out.push_back(cat(name, "="));
    return out;
  };
  if (command == "ps") return with_equals(container_filter_names());
  if (command == "images") return with_equals(image_filter_names());
  if (command == "volume ls") return {"name=", "dangling="};
  if (command == "volume prune") return {"all=", "label=", "label!="};
  if (command.ends_with("prune")) return {"until=", "label=", "label!="};
  return {};
}

// The part behind "status=" and the like.
OptionValues filter_values(std::string_view command, const std::string& name) {
  if (name == "status") return {Kind::none, {"created", "running", "paused", "restarting", "exited", "dead"}};
  if (name == "dangling" || name == "all") return {Kind::none, {"true", "false"}};
  if (name == "network") return {Kind::none, {"none", "host"}};
  if (name == "volume" || (name == "name" && command == "volume ls")) return {Kind::volume, {}};
  if (name == "name" || name == "id") return {Kind::any_container, {}};
  if (name == "before" || name == "since") return {command == "images" ? Kind::image : Kind::any_container, {}};
  if (name == "ancestor" || name == "reference") return {Kind::image, {}};
  return {};
}

Words format_words(std::string_view command, const std::string& typed) {
  const format::ListKind* kind = nullptr;
  if (command == "ps") kind = &container_list_kind(true);
  if (command == "images") kind = &image_list_kind(false);
  Words out = {"json"};
  if (kind) out.emplace_back("table");
  const size_t open = typed.rfind("{{");
  if (!kind || open == typed.npos || typed.find("}}", open) != typed.npos) return out;
  // In an action: the fields, after what is there.
  out.clear();
  for (const auto& [field, title] : kind->titles) out.push_back(cat(typed.substr(0, open), "{{.", field, "}}"));
  return out;
}

}  // namespace

Kind operand_kind(std::string_view command, size_t index) {
  for (const OperandRule& rule : kOperands) {
    if (rule.command == command) return index == 0 ? rule.first : rule.rest;
  }
  return Kind::none;
}

OptionValues option_values(std::string_view command, std::string_view option, const std::string& typed) {
  if (option == "--filter") {
    const size_t equals = typed.find('=');
    if (equals == typed.npos) return {Kind::none, filter_names(command), true};
    OptionValues values = filter_values(command, typed.substr(0, equals));
    return values;
  }
  if (option == "--format") return {Kind::none, format_words(command, typed)};
  const auto found = fixed_values().find(option);
  return found == fixed_values().end() ? OptionValues{} : found->second;
}

}  // namespace minidock::cli
