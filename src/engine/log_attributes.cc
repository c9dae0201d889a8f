#include "engine/log_attributes.h"

#include <regex.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "oci/json_fields.h"

namespace minidock::engine {

namespace {

std::string option(const ContainerConfig& config, const char* name) {
  const auto found = config.log_options.find(name);
  return found == config.log_options.end() ? "" : found->second;
}

// regex(3)
class Pattern {
 public:
  Pattern(const char* option, const std::string& text) {
    if (::regcomp(&pattern_, text.c_str(), REG_EXTENDED | REG_NOSUB) != 0)
      throw_error(ErrorKind::invalid, "invalid value for log opt ", option, ": ", printable(text),
                  ": not an extended regular expression");
  }
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;
  ~Pattern() { ::regfree(&pattern_); }
  bool matches(const std::string& text) const { return ::regexec(&pattern_, text.c_str(), 0, nullptr, 0) == 0; }

 private:
  regex_t pattern_;
};

// The image's variables and the user's; the engine's own are none of the container's config.
LogAttributes variables(const ContainerConfig& config) {
  LogAttributes out;
  for (const auto* list : {&config.image_defaults.env, &config.env}) {
    for (const std::string& variable : *list) {
      const size_t equals = variable.find('=');
      if (equals != std::string::npos) out[variable.substr(0, equals)] = variable.substr(equals + 1);
    }
  }
  return out;
}

// Of `all`, those that the options `name` (a list) and `name`-regex ask for.
void take_asked(const ContainerConfig& config, const std::string& name, const LogAttributes& all, LogAttributes& out) {
  for (const std::string& key : split(option(config, name.c_str()), ',')) {
    const auto found = all.find(key);
    if (found != all.end()) out[key] = found->second;
  }
  const std::string regex = name + "-regex", text = option(config, regex.c_str());
  if (text.empty()) return;
  const Pattern pattern(regex.c_str(), text);
  for (const auto& [key, value] : all) {
    if (pattern.matches(key)) out[key] = value;
  }
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

std::string tag_field(std::string_view field, const store::ContainerRow& row, const ContainerConfig& config) {
  constexpr size_t kShort = 12;
  if (field == ".ID") return row.id.substr(0, kShort);
  if (field == ".FullID") return row.id;
  if (field == ".Name") return row.name;
  if (field == ".ImageName") return config.image;
  if (field == ".ImageID") return row.image.text().substr(0, kShort);
  if (field == ".ImageFullID") return row.image.text();
  if (field == ".Command") return join(command_line(config), " ");
  if (field == ".Hostname") return host_name();
  if (field == ".DaemonName") return "minidock";
  throw_error(ErrorKind::invalid, "invalid value for log opt tag: {{", printable(field),
              "}}: use .ID, .FullID, .Name, .ImageName, .ImageID, .ImageFullID, .Command, .Hostname or .DaemonName");
}

// JOURNAL_NATIVE_PROTOCOL.md: what holds a newline goes by its length, 64 bits, little-endian.
void add_field(std::string& out, const std::string& name, const std::string& value) {
  if (value.find('\n') == std::string::npos) {
    out += cat(name, "=", value, "\n");
    return;
  }
  out += name + "\n";
  for (uint64_t rest = value.size(), i = 0; i < 8; ++i, rest >>= 8) out += static_cast<char>(rest & 0xFF);
  out += value + "\n";
}

std::string journal_fields(const store::ContainerRow& row, const ContainerConfig& config) {
  const std::string pattern = option(config, "tag");
  const std::string tag = log_tag(pattern.empty() ? "{{.ID}}" : pattern, row, config);
  LogAttributes fields;
  for (const auto& [name, value] : log_attributes(config)) {
    const std::string field = journal_name(name);
    if (!field.empty()) fields[field] = value;
  }
  // Ours last: no label takes their names.
  fields["CONTAINER_ID"] = row.id.substr(0, 12);
  fields["CONTAINER_ID_FULL"] = row.id;
  fields["CONTAINER_NAME"] = row.name;
  fields["CONTAINER_TAG"] = fields["SYSLOG_IDENTIFIER"] = tag;
  fields["IMAGE_NAME"] = config.image;
  for (const char* of_the_line : {"MESSAGE", "PRIORITY", "SYSLOG_TIMESTAMP", "CONTAINER_PARTIAL_MESSAGE",
                                  "CONTAINER_PARTIAL_ID", "CONTAINER_PARTIAL_ORDINAL", "CONTAINER_PARTIAL_LAST"}) {
    fields.erase(of_the_line);
  }
  std::string out;
  for (const auto& [name, value] : fields) add_field(out, name, value);
  return out;
}

// Docker's json-file has a tag only where one was asked for.
LogAttributes file_attributes(const store::ContainerRow& row, const ContainerConfig& config) {
  LogAttributes out = log_attributes(config);
  const std::string tag = log_tag(option(config, "tag"), row, config);
  if (!tag.empty()) out["tag"] = tag;
  return out;
}

// Go's url.QueryEscape().
std::string query_escape(const std::string& text) {
  std::string out;
  for (const char letter : text) {
    const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                       (letter >= '0' && letter <= '9') || std::string_view("-_.~").find(letter) != std::string::npos;
    if (plain) {
      out += letter;
    } else if (letter == ' ') {
      out += '+';
    } else {
      constexpr char kDigits[] = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(letter);
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

}  // namespace

std::string log_tag(const std::string& pattern, const store::ContainerRow& row, const ContainerConfig& config) {
  std::string out;
  for (size_t at = 0; at < pattern.size();) {
    const size_t begin = std::min(pattern.find("{{", at), pattern.size());
    out += pattern.substr(at, begin - at);
    if (begin == pattern.size()) break;
    const size_t end = pattern.find("}}", begin);
    if (end == std::string::npos)
      throw_error(ErrorKind::invalid, "invalid value for log opt tag: ", printable(pattern), ": {{ without }}");
    out += tag_field(trim(std::string_view(pattern).substr(begin + 2, end - begin - 2)), row, config);
    at = end + 2;
  }
  return out;
}

LogAttributes log_attributes(const ContainerConfig& config) {
  LogAttributes out;
  take_asked(config, "labels", labels(config), out);
  take_asked(config, "env", variables(config), out);
  return out;
}

std::string journal_name(const std::string& name) {
  std::string out;
  for (const char letter : name) {
    const bool lower_case = letter >= 'a' && letter <= 'z';
    const bool kept = (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9');
    const char field = lower_case ? static_cast<char>(letter - 'a' + 'A') : kept ? letter : '_';
    if (!out.empty() || field != '_') out += field;
  }
  return out;
}

std::string log_extra(const store::ContainerRow& row, const ContainerConfig& config) {
  if (config.log_driver == "journald") return journal_fields(row, config);
  const LogAttributes attributes = file_attributes(row, config);
  if (config.log_driver != "json-file" || attributes.empty()) return "";
  return oci::dump_json(nlohmann::json(attributes));
}

std::string log_details(const store::ContainerRow& row, const ContainerConfig& config) {
  LogAttributes attributes;
  if (config.log_driver == "journald") {
    for (const auto& [name, value] : log_attributes(config)) attributes[journal_name(name)] = value;
    attributes["IMAGE_NAME"] = config.image;
  } else {
    attributes = file_attributes(row, config);
  }
  std::string out;
  for (const auto& [name, value] : attributes)
    out += cat(out.empty() ? "" : ",", query_escape(name), "=", query_escape(value));
  return out;
}

}  // namespace minidock::engine
