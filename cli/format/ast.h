// A parsed template: what parser.h makes and evaluator.h walks. Follows Go's text/template/parse nodes.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace minidock::cli {

using Json = nlohmann::ordered_json;

namespace format {

struct Pipeline;

struct Operand {
  enum class Kind { dot, variable, function, literal, group };
  Kind kind = Kind::dot;
  std::string name;                 // variable ("$", "$x") or function
  std::vector<std::string> fields;  // .A.B after it
  Json literal;
  std::shared_ptr<Pipeline> group;  // ( … )
  size_t column = 0;                // in the template's text, for messages
  std::string source;               // as written: ".State.Pid"
};

using Command = std::vector<Operand>;  // a function or method and its arguments, or one value

struct Pipeline {
  std::vector<std::string> variables;  // set to the result: "$x"; two for range
  bool declares = false;               // := rather than =
  std::vector<Command> commands;       // each one's result is the last argument of the next
};

struct Node {
  enum class Kind { text, action, condition, range, with, break_loop, continue_loop };
  Kind kind = Kind::text;
  std::string text;
  Pipeline pipeline;
  std::vector<Node> body, otherwise;
};

}  // namespace format
}  // namespace minidock::cli
