#include "cli/format/template.h"

#include <map>

#include "base/error.h"
#include "cli/format/functions.h"
#include "cli/format/parser.h"

namespace minidock::cli::format {
namespace {

// Docker's own functions leave a column's title alone in a header.
bool is_formatting(const std::string& function) {
  for (const char* name : {"json", "split", "join", "title", "lower", "upper", "pad", "truncate"}) {
    if (function == name) return true;
  }
  return false;
}

// Docker's own types have it as nil where its JSON leaves it out: {{if .State.Health}} is how scripts ask for it.
constexpr std::string_view kOptionalField = "Health";
const Json kNull;

// Go's JSON encoder does this for HTML's sake, and docker's lists show it.
std::string escape_markup(const std::string& json) {
  std::string out;
  for (const char letter : json) {
    if (letter == '<') {
      out += "\\u003c";
    } else if (letter == '>') {
      out += "\\u003e";
    } else if (letter == '&') {
      out += "\\u0026";
    } else {
      out += letter;
    }
  }
  return out;
}

// The title of {{.Label "com.example.build-host"}}: "build host".
std::string label_title(const std::string& key) {
  std::string title = key.substr(key.rfind('.') + 1);
  for (char& letter : title) {
    if (letter == '-' || letter == '_') letter = ' ';
  }
  return title;
}

enum class Flow { next, break_loop, continue_loop };

class Evaluator {
 public:
  Evaluator(const Json& data, DataKind kind, const Json& labels) : data_(data), kind_(kind), labels_(labels) {}

  Flow walk(const std::vector<Node>& nodes, const Json& dot) {
    for (const Node& node : nodes) {
      const Flow flow = walk(node, dot);
      if (flow != Flow::next) return flow;
    }
    return Flow::next;
  }

  std::string take() { return std::move(out_); }

 private:
  [[noreturn]] static void fail(const Operand& at, std::string_view message) {
    throw_error(ErrorKind::invalid, "template: :1:", at.column, ": executing \"\" at <", at.source, ">: ", message);
  }

  Flow walk(const Node& node, const Json& dot) {
    switch (node.kind) {
      case Node::Kind::text:
        out_ += node.text;
        return Flow::next;
      case Node::Kind::break_loop:
        return Flow::break_loop;
      case Node::Kind::continue_loop:
        return Flow::continue_loop;
      case Node::Kind::range:
        return walk_range(node, dot);
      case Node::Kind::action: {
        const Json value = evaluate(node.pipeline, dot);
        if (node.pipeline.variables.empty()) out_ += to_text(value);
        return Flow::next;
      }
      default:
        break;
    }
    const size_t scope = variables_.size();
    const Json value = evaluate(node.pipeline, dot);
    const bool holds = is_true(value);
    const Flow flow = walk(holds ? node.body : node.otherwise, holds && node.kind == Node::Kind::with ? value : dot);
    variables_.resize(scope);
    return flow;
  }

  Flow walk_range(const Node& node, const Json& dot) {
    Pipeline values = node.pipeline;
    values.variables.clear();
    const Json items = evaluate(values, dot);
    if (!items.is_structured() && !items.is_null()) {
      fail(node.pipeline.commands[0][0], cat("range can't iterate over ", to_text(items)));
    }
    if (items.empty()) return walk(node.otherwise, dot);
    // Go walks maps in the order of their keys.
    std::map<std::string, const Json*> sorted;
    std::vector<std::pair<Json, const Json*>> pairs;
    if (items.is_object()) {
      for (const auto& [key, item] : items.items()) sorted.emplace(key, &item);
      for (const auto& [key, item] : sorted) pairs.emplace_back(key, item);
    } else {
      for (size_t i = 0; i < items.size(); ++i) pairs.emplace_back(i, &items[i]);
    }
    for (const auto& [key, item] : pairs) {
      const size_t scope = variables_.size();
      bind_range(node.pipeline, key, *item);
      const Flow flow = walk(node.body, *item);
      variables_.resize(scope);
      if (flow == Flow::break_loop) break;
    }
    return Flow::next;
  }

  void bind_range(const Pipeline& pipeline, const Json& key, const Json& item) {
    const auto& names = pipeline.variables;
    if (names.size() == 2) set(names[0], key, pipeline.declares);
    if (!names.empty()) set(names.back(), item, pipeline.declares);
  }

  void set(const std::string& name, const Json& value, bool declares) {
    Json* const known = declares ? nullptr : find(name);
    if (known) {
      *known = value;
    } else {
      variables_.emplace_back(name, value);
    }
  }

  // nullptr: "$", which is the data itself unless it has been set.
  Json* find(const std::string& name) {
    for (auto variable = variables_.rbegin(); variable != variables_.rend(); ++variable) {
      if (variable->first == name) return &variable->second;
    }
    if (name == "$") return nullptr;
    throw_error(ErrorKind::invalid, "template: :1: undefined variable \"", name, "\"");
  }

  Json evaluate(const Pipeline& pipeline, const Json& dot) {
    const Json* last = nullptr;
    Json value;
    for (const Command& command : pipeline.commands) {
      value = evaluate(command, dot, last);
      last = &value;
    }
    for (const std::string& name : pipeline.variables) set(name, value, pipeline.declares);
    return value;
  }

  Json evaluate(const Command& command, const Json& dot, const Json* last) {
    const Operand& first = command[0];
    const bool is_label = kind_ != DataKind::inspected && first.kind == Operand::Kind::dot &&
                          first.fields == std::vector<std::string>{"Label"};
    if (first.kind != Operand::Kind::function && !is_label) {
      if (command.size() > 1 || last) fail(first, "can't give argument to non-function " + first.source);
      return value_of(first, dot);
    }
    std::vector<Json> arguments;
    for (size_t i = 1; i < command.size(); ++i) arguments.push_back(value_of(command[i], dot));
    if (last) arguments.push_back(*last);
    if (is_label) return label(first, arguments);
    return call(first, arguments);
  }

  Json call(const Operand& at, const std::vector<Json>& arguments) const {
    try {
      if (kind_ == DataKind::list_header && is_formatting(at.name) && !arguments.empty()) return arguments[0];
      Json result = call_function(at.name, arguments);
      if (kind_ == DataKind::list_line && at.name == "json") return escape_markup(result.get<std::string>());
      return result;
    } catch (const Error& error) {
      fail(at, error.what());
    }
  }

  Json label(const Operand& at, const std::vector<Json>& arguments) const {
    if (arguments.size() != 1 || !arguments[0].is_string()) fail(at, "wrong number of args for Label: want 1");
    const std::string key = arguments[0].get<std::string>();
    if (kind_ == DataKind::list_header) return label_title(key);
    const auto found = labels_.find(key);
    return found == labels_.end() ? Json("") : Json(*found);
  }

  Json value_of(const Operand& operand, const Json& dot) {
    switch (operand.kind) {
      case Operand::Kind::literal:
        return operand.literal;
      case Operand::Kind::dot:
        return fields_of(operand, dot);
      case Operand::Kind::variable:
        return variable(operand);
      case Operand::Kind::group:
        return fields_of(operand, evaluate(*operand.group, dot));
      case Operand::Kind::function:
        return call(operand, {});
    }
    return {};
  }

  Json variable(const Operand& operand) {
    const Json* const found = find(operand.name);
    return fields_of(operand, found ? *found : data_);
  }

  Json fields_of(const Operand& operand, const Json& from) const {
    const Json* value = &from;
    for (const std::string& field : operand.fields) {
      if (value->is_null()) fail(operand, cat("nil data; no entry for key \"", field, "\""));
      if (!value->is_object()) fail(operand, cat("can't evaluate field ", field, " in type ", type_of(*value)));
      const auto found = value->find(field);
      if (found == value->end() && kind_ == DataKind::inspected && field == kOptionalField) {
        value = &kNull;
        continue;
      }
      if (found == value->end()) {
        if (kind_ == DataKind::list_header) return Json("");
        fail(operand, kind_ == DataKind::inspected
                          ? cat("map has no entry for key \"", field, "\"")
                          : cat("can't evaluate field ", field, " in this list; try --format json to see its fields"));
      }
      value = &*found;
    }
    return *value;
  }

  static std::string_view type_of(const Json& value) {
    if (value.is_string()) return "string";
    if (value.is_boolean()) return "bool";
    if (value.is_array()) return "[]interface {}";
    return value.is_number_integer() ? "int" : "float64";
  }

  const Json& data_;
  DataKind kind_;
  const Json& labels_;
  std::vector<std::pair<std::string, Json>> variables_;
  std::string out_;
};

}  // namespace

Template Template::parse(std::string_view text) {
  Template result;
  result.nodes_ = format::parse(text);
  return result;
}

std::string Template::execute(const Json& data, DataKind kind, const Json& labels) const {
  Evaluator evaluator(data, kind, labels);
  evaluator.walk(nodes_, data);
  return evaluator.take();
}

}  // namespace minidock::cli::format
