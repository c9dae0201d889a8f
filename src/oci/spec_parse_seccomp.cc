#include "oci/spec_parts.h"

namespace minidock::oci {

namespace {

SeccompRule read_seccomp_rule(const JsonReader& from) {
  SeccompRule rule;
  from.read("names", rule.names);
  if (rule.names.empty()) from.fail("names", "is missing or empty");
  read_required(from, "action", rule.action);
  from.read("errnoRet", rule.errno_ret);
  for (const JsonReader& element : from.list("args")) {
    SeccompArg arg;
    read_required(element, "index", arg.index);
    read_required(element, "value", arg.value);
    element.read("valueTwo", arg.value_two);
    read_required(element, "op", arg.op);
    rule.args.push_back(std::move(arg));
  }
  return rule;
}

}  // namespace

Seccomp read_seccomp(const JsonReader& from) {
  Seccomp out;
  read_required(from, "defaultAction", out.default_action);
  from.read("defaultErrnoRet", out.default_errno_ret);
  from.read("architectures", out.architectures);
  from.read("flags", out.flags);
  from.read("listenerPath", out.listener_path);
  from.read("listenerMetadata", out.listener_metadata);
  for (const JsonReader& rule : from.list("syscalls")) out.rules.push_back(read_seccomp_rule(rule));
  // spec: config-linux.md "Seccomp": metadata without a listener must be an error.
  if (out.listener_path.empty() && !out.listener_metadata.empty()) from.fail("listenerPath", "is missing");
  return out;
}

}  // namespace minidock::oci
