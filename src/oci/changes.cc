// apply_change(): the Dockerfile instructions that `--change` takes, by the Dockerfile reference.
#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "oci/change_command.h"
#include "oci/change_words.h"
#include "oci/health_check.h"
#include "oci/image_config.h"
#include "oci/path.h"

namespace minidock::oci {

namespace {

constexpr std::string_view kOneOrMore = " requires at least one argument";
constexpr std::string_view kExactlyOne = " requires exactly one argument";

void insert_sorted(std::vector<std::string>& set, std::string value) {
  const auto at = std::lower_bound(set.begin(), set.end(), value);
  if (at == set.end() || *at != value) set.insert(at, std::move(value));
}

std::string one_word(std::string_view verb, std::string_view text, const ContainerDefaults& config) {
  const std::vector<std::string> words = split_words(text);
  if (words.size() != 1) throw_error(ErrorKind::invalid, verb, kExactlyOne);
  return expand_word(words.front(), config.env);
}

// Unlike in a build, CMD stays when ENTRYPOINT follows it: an import has no inherited CMD to guard against.
void apply_command(ContainerDefaults& config, std::string_view text) {
  config.cmd = parse_command(text, config.shell);
}
void apply_entrypoint(ContainerDefaults& config, std::string_view text) {
  config.entrypoint = parse_command(text, config.shell);
}

void apply_env(ContainerDefaults& config, std::string_view text) {
  // spec: all values of one line see the environment before it.
  for (const auto& [name, value] : parse_pairs("ENV", text, config.env)) {
    const std::string prefix = cat(name, "=");
    const auto same = [&](const std::string& entry) { return entry.starts_with(prefix); };
    const auto at = std::find_if(config.env.begin(), config.env.end(), same);
    if (at == config.env.end()) {
      config.env.push_back(prefix + value);
    } else {
      *at = prefix + value;
    }
  }
}

void apply_label(ContainerDefaults& config, std::string_view text) {
  for (auto& [name, value] : parse_pairs("LABEL", text, config.env)) config.labels[name] = std::move(value);
}

std::optional<int64_t> parse_port(std::string_view text) {
  const auto port = parse_int(text);
  return port && *port >= 0 && *port <= 65535 ? port : std::nullopt;
}

void apply_expose(ContainerDefaults& config, std::string_view text) {
  for (const std::string& word : split_words(text)) {
    const std::string expanded = expand_word(word, config.env);
    const size_t slash = expanded.find('/');
    const std::string ports = expanded.substr(0, slash);
    const std::string protocol = slash == std::string::npos ? "tcp" : lower(expanded.substr(slash + 1));
    if (protocol != "tcp" && protocol != "udp" && protocol != "sctp") {
      throw_error(ErrorKind::invalid, "invalid proto: ", printable(protocol));
    }
    const size_t dash = ports.find('-');
    const auto first = parse_port(ports.substr(0, dash));
    const auto last = dash == std::string::npos ? first : parse_port(ports.substr(dash + 1));
    // "8000-8010" stands for each of its ports, so that inspect and -P see them one by one.
    if (!first || !last || *first > *last) throw_error(ErrorKind::invalid, "invalid containerPort: ", printable(ports));
    for (int64_t port = *first; port <= *last; ++port) insert_sorted(config.exposed_ports, cat(port, "/", protocol));
  }
}

void apply_health_check(ContainerDefaults& config, std::string_view text) {
  config.health_check = parse_health_check(text);
}

// Kept as text: a trigger is read by the build that it fires in.
void apply_on_build(ContainerDefaults& config, std::string_view text) {
  const std::string trigger = lower(text.substr(0, text.find_first_of(" \t")));
  if (trigger == "onbuild") {
    throw_error(ErrorKind::invalid, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  }
  if (trigger == "from" || trigger == "maintainer") {
    throw_error(ErrorKind::invalid, trigger == "from" ? "FROM" : "MAINTAINER", " isn't allowed as an ONBUILD trigger");
  }
  config.on_build.emplace_back(text);
}

void apply_stop_signal(ContainerDefaults& config, std::string_view text) {
  config.stop_signal = one_word("STOPSIGNAL", text, config);
}

void apply_user(ContainerDefaults& config, std::string_view text) {
  config.user = one_word("USER", text, config);
}

void apply_volume(ContainerDefaults& config, std::string_view text) {
  auto paths = find_json_words(text);
  if (!paths) paths = split_words(text);
  for (const std::string& path : *paths) {
    std::string expanded(trim(expand_word(path, config.env)));
    if (expanded.empty()) throw_error(ErrorKind::invalid, "VOLUME specified can not be an empty string");
    insert_sorted(config.volumes, std::move(expanded));
  }
}

void apply_working_dir(ContainerDefaults& config, std::string_view text) {
  config.working_dir = clean_path(config.working_dir, expand_word(text, config.env));
}

struct Instruction {
  std::string_view name;
  void (*apply)(ContainerDefaults& config, std::string_view arguments);
};
constexpr Instruction kInstructions[] = {
    {"CMD", apply_command},      {"ENTRYPOINT", apply_entrypoint},    {"ENV", apply_env},
    {"EXPOSE", apply_expose},    {"HEALTHCHECK", apply_health_check}, {"LABEL", apply_label},
    {"ONBUILD", apply_on_build}, {"STOPSIGNAL", apply_stop_signal},   {"USER", apply_user},
    {"VOLUME", apply_volume},    {"WORKDIR", apply_working_dir},
};

}  // namespace

void apply_change(ContainerDefaults& config, std::string_view instruction) {
  const std::string_view line = trim(instruction);
  const std::string_view verb = line.substr(0, line.find_first_of(" \t"));
  const std::string_view arguments = trim(line.substr(verb.size()));
  // security: one change is one instruction; a second line would be a second one that nobody asked for.
  if (line.find_first_of(std::string_view("\0\n\r", 3)) != std::string_view::npos) {
    throw_error(ErrorKind::invalid, "cannot apply change ", printable(verb), ": it holds a line break or a NUL byte");
  }
  for (const Instruction& known : kInstructions) {
    if (lower(known.name) != lower(verb)) continue;
    if (arguments.empty()) throw_error(ErrorKind::invalid, known.name, kOneOrMore);
    known.apply(config, arguments);
    return;
  }
  throw_error(ErrorKind::invalid, lower(printable(verb)), " is not a valid change command");
}

}  // namespace minidock::oci
