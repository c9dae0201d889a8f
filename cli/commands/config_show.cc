#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/format/inspect.h"
#include "cli/log_defaults.h"
#include "cli/output.h"
#include "config/keys.h"

namespace minidock::cli {
namespace {

using config::Value;

std::vector<Value> values_of(const config::Settings& settings) {
  std::vector<Value> values;
  for (const config::Key& key : config::keys()) key.show(settings, key.name, values);
  return values;
}

bool is_list_of_tables(const Value& value) {
  return value.kind == Value::Kind::list && !value.items.empty() && value.items[0].kind == Value::Kind::table;
}

// TOML that could be a configuration file. What nobody has said and has no value of its own is not in it.
std::string toml_text(const std::vector<Value>& values, bool with_origin) {
  const auto origin = [&](const Value& value) { return with_origin ? cat("  # ", value.origin.text()) : ""; };
  std::string out;
  for (const Value& value : values) {
    const bool says_nothing = value.shown() == "\"\"" || value.shown() == "[]";
    if (!is_list_of_tables(value) && !(says_nothing && !value.origin.given())) {
      out += cat(value.dotted(), " = ", value.shown(), origin(value), "\n");
    }
  }
  // spec: TOML 1.0: what stands below a table's head is in that table, so these come last.
  for (const Value& value : values) {
    if (!is_list_of_tables(value)) continue;
    for (const Value& table : value.items) {
      out += cat("\n[[", value.dotted(), "]]", origin(table), "\n");
      for (const Value& member : table.items) out += cat(member.key, " = ", member.shown(), "\n");
    }
  }
  return out;
}

Json json_of(const Value& value, bool with_origin);

Json plain_json(const Value& value, bool with_origin) {
  switch (value.kind) {
    case Value::Kind::number:
      return value.number;
    case Value::Kind::flag:
      return value.flag;
    case Value::Kind::list: {
      Json list = Json::array();
      const bool own = with_origin && is_list_of_tables(value);
      for (const Value& item : value.items) list.push_back(json_of(item, own));
      return list;
    }
    case Value::Kind::table: {
      Json table = Json::object();
      for (const Value& member : value.items) table[member.key] = json_of(member, false);
      return table;
    }
    default:
      return value.text;
  }
}

// {"value": …, "origin": "FILE:LINE"}; of a list of tables each has its own.
Json json_of(const Value& value, bool with_origin) {
  Json json = plain_json(value, with_origin);
  if (!with_origin || is_list_of_tables(value)) return json;
  return Json{{"value", std::move(json)}, {"origin", value.origin.text()}};
}

Json document_of(const std::vector<Value>& values, bool with_origin) {
  Json document = Json::object();
  for (const Value& value : values) {
    const bool is_inner = value.name.size() > value.key.size();
    const std::string parent = is_inner ? value.name.substr(0, value.name.size() - value.key.size() - 1) : "";
    (is_inner ? document[parent] : document)[value.key] = json_of(value, with_origin);
  }
  return document;
}

class ConfigShow : public Command {
 public:
  void declare(Options& options) override {
    options.flag("--origin", with_origin_);
    options.text("-f,--format", format_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 0, 0);
    check_log_defaults(context.settings());
    const std::vector<Value> values = values_of(context.settings());
    print(format_.empty() ? toml_text(values, with_origin_)
                          : format::object_text(format_, document_of(values, with_origin_)));
    return 0;
  }

 private:
  bool with_origin_ = false;
  std::string format_;
};

}  // namespace

std::unique_ptr<Command> make_config_show() {
  return std::make_unique<ConfigShow>();
}

}  // namespace minidock::cli
