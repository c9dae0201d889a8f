#include "cli/format/functions.h"

#include <algorithm>
#include <map>

#include "base/error.h"

namespace minidock::cli::format {
namespace {

using Arguments = std::vector<Json>;

[[noreturn]] void fail(std::string_view message) {
  throw_error(ErrorKind::invalid, message);
}

std::string text_argument(const Arguments& arguments, size_t index) {
  if (!arguments[index].is_string())
    fail(cat("wrong type for value; expected string; got ", arguments[index].type_name()));
  return arguments[index].get<std::string>();
}

size_t count_argument(const Arguments& arguments, size_t index) {
  const Json& value = arguments[index];
  if (!value.is_number_integer() || value.get<int64_t>() < 0) fail("wrong type for value; expected int");
  return value.get<size_t>();
}

// --- Go's ---

int compare(const Json& left, const Json& right) {
  const bool numbers = left.is_number() && right.is_number();
  if (!numbers && left.type() != right.type()) fail("incompatible types for comparison");
  if (numbers) {
    const double difference = left.get<double>() - right.get<double>();
    return difference < 0 ? -1 : difference > 0 ? 1 : 0;
  }
  if (left.is_string()) return left.get_ref<const std::string&>().compare(right.get_ref<const std::string&>());
  return left == right ? 0 : 1;
}

Json equal(const Arguments& arguments) {
  return std::any_of(arguments.begin() + 1, arguments.end(),
                     [&](const Json& other) { return compare(arguments[0], other) == 0; });
}

Json all_of(const Arguments& arguments) {
  const auto stop = std::find_if(arguments.begin(), arguments.end(), [](const Json& value) { return !is_true(value); });
  return stop == arguments.end() ? arguments.back() : *stop;
}

Json any_of(const Arguments& arguments) {
  const auto stop = std::find_if(arguments.begin(), arguments.end(), is_true);
  return stop == arguments.end() ? arguments.back() : *stop;
}

Json index(const Arguments& arguments) {
  Json value = arguments[0];
  for (size_t i = 1; i < arguments.size(); ++i) {
    const Json& key = arguments[i];
    if (value.is_null()) fail("index of untyped nil");
    if (value.is_object()) {
      const std::string name = text_argument(arguments, i);
      value = value.contains(name) ? Json(value[name]) : Json("");
    } else if (value.is_array() || value.is_string()) {
      if (!key.is_number_integer()) fail("cannot index slice/array with type string");
      const auto place = key.get<int64_t>();
      const auto size =
          static_cast<int64_t>(value.is_array() ? value.size() : value.get_ref<const std::string&>().size());
      if (place < 0 || place >= size) fail(cat("index out of range: ", place));
      const auto at = static_cast<size_t>(place);
      value = value.is_array() ? Json(value[at]) : Json(static_cast<unsigned char>(value.get<std::string>()[at]));
    } else {
      fail(cat("can't index item of type ", value.type_name()));
    }
  }
  return value;
}

Json length(const Arguments& arguments) {
  const Json& value = arguments[0];
  if (value.is_string()) return value.get_ref<const std::string&>().size();
  if (!value.is_structured()) fail(cat("len of type ", value.type_name()));
  return value.size();
}

Json slice(const Arguments& arguments) {
  const Json& value = arguments[0];
  const size_t size = value.is_string() ? value.get_ref<const std::string&>().size() : value.size();
  const size_t from = arguments.size() > 1 ? count_argument(arguments, 1) : 0;
  const size_t to = arguments.size() > 2 ? count_argument(arguments, 2) : size;
  if (from > to || to > size) fail(cat("index out of range: ", std::max(from, to)));
  if (value.is_string()) return value.get<std::string>().substr(from, to - from);
  if (!value.is_array()) fail(cat("can't slice item of type ", value.type_name()));
  Json result = Json::array();
  for (size_t i = from; i < to; ++i) result.push_back(value[i]);
  return result;
}

// fmt.Sprint: a space between operands when neither is a string.
Json print(const Arguments& arguments) {
  std::string out;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (i > 0 && !arguments[i].is_string() && !arguments[i - 1].is_string()) out += ' ';
    out += to_text(arguments[i]);
  }
  return out;
}

Json print_line(const Arguments& arguments) {
  std::vector<std::string> texts;
  for (const Json& argument : arguments) texts.push_back(to_text(argument));
  return join(texts, " ") + "\n";
}

Json html(const Arguments& arguments) {
  std::string out;
  for (const char letter : print(arguments).get<std::string>()) {
    switch (letter) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&#34;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += letter;
    }
  }
  return out;
}

Json url_query(const Arguments& arguments) {
  std::string out;
  for (const char letter : print(arguments).get<std::string>()) {
    const auto byte = static_cast<unsigned char>(letter);
    if (isalnum(byte) || letter == '-' || letter == '_' || letter == '.' || letter == '~') {
      out += letter;
    } else if (letter == ' ') {
      out += '+';
    } else {
      constexpr char kDigits[] = "0123456789ABCDEF";
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

// --- docker's ---

Json split_text(const Arguments& arguments) {
  const std::string text = text_argument(arguments, 0), separator = text_argument(arguments, 1);
  Json parts = Json::array();
  size_t from = 0;
  for (size_t at; !separator.empty() && (at = text.find(separator, from)) != std::string::npos;
       from = at + separator.size()) {
    parts.push_back(text.substr(from, at - from));
  }
  parts.push_back(text.substr(from));
  return parts;
}

Json join_texts(const Arguments& arguments) {
  if (!arguments[0].is_array()) fail("wrong type for value; expected []string");
  std::vector<std::string> texts;
  for (const Json& item : arguments[0]) texts.push_back(to_text(item));
  return join(texts, text_argument(arguments, 1));
}

Json title(const Arguments& arguments) {
  std::string text = text_argument(arguments, 0);
  bool start = true;
  for (char& letter : text) {
    if (start) letter = static_cast<char>(toupper(static_cast<unsigned char>(letter)));
    start = letter == ' ' || letter == '\t' || letter == '\n';
  }
  return text;
}

Json upper_text(const Arguments& arguments) {
  std::string text = text_argument(arguments, 0);
  for (char& letter : text) letter = static_cast<char>(toupper(static_cast<unsigned char>(letter)));
  return text;
}

Json pad(const Arguments& arguments) {
  const std::string text = text_argument(arguments, 0);
  if (text.empty()) return text;
  return std::string(count_argument(arguments, 1), ' ') + text + std::string(count_argument(arguments, 2), ' ');
}

Json truncate(const Arguments& arguments) {
  return text_argument(arguments, 0).substr(0, count_argument(arguments, 1));
}

struct Function {
  size_t least, most;  // number of arguments; 0: no upper limit
  Json (*call)(const Arguments&);
};

const std::map<std::string, Function, std::less<>>& functions() {
  static const std::map<std::string, Function, std::less<>> table = {
      {"and", {1, 0, all_of}},
      {"or", {1, 0, any_of}},
      {"not", {1, 1, [](const Arguments& a) -> Json { return !is_true(a[0]); }}},
      {"eq", {2, 0, equal}},
      {"ne", {2, 2, [](const Arguments& a) -> Json { return compare(a[0], a[1]) != 0; }}},
      {"lt", {2, 2, [](const Arguments& a) -> Json { return compare(a[0], a[1]) < 0; }}},
      {"le", {2, 2, [](const Arguments& a) -> Json { return compare(a[0], a[1]) <= 0; }}},
      {"gt", {2, 2, [](const Arguments& a) -> Json { return compare(a[0], a[1]) > 0; }}},
      {"ge", {2, 2, [](const Arguments& a) -> Json { return compare(a[0], a[1]) >= 0; }}},
      {"index", {1, 0, index}},
      {"len", {1, 1, length}},
      {"slice", {1, 3, slice}},
      {"print", {0, 0, print}},
      {"println", {0, 0, print_line}},
      {"printf", {1, 0, [](const Arguments& a) -> Json { return print_formatted(a); }}},
      {"html", {1, 0, html}},
      {"urlquery", {1, 0, url_query}},
      {"json", {1, 1, [](const Arguments& a) -> Json { return to_json_text(a[0]); }}},
      {"split", {2, 2, split_text}},
      {"join", {2, 2, join_texts}},
      {"title", {1, 1, title}},
      {"lower", {1, 1, [](const Arguments& a) -> Json { return lower(text_argument(a, 0)); }}},
      {"upper", {1, 1, upper_text}},
      {"pad", {3, 3, pad}},
      {"truncate", {2, 2, truncate}},
  };
  return table;
}

}  // namespace

bool is_function(const std::string& name) {
  return functions().contains(name);
}

Json call_function(const std::string& name, const Arguments& arguments) {
  const Function& function = functions().at(name);
  const size_t count = arguments.size();
  const bool fits = count >= function.least && (function.most == 0 || count <= function.most);
  if (!fits) {
    fail(cat("wrong number of args for ", name, ": want ", function.most == function.least ? "" : "at least ",
             function.least, " got ", count));
  }
  try {
    return function.call(arguments);
  } catch (const Error& error) {
    throw error.with_context(cat("error calling ", name));
  }
}

bool is_true(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return false;
    case Json::value_t::boolean:
      return value.get<bool>();
    case Json::value_t::string:
      return !value.get_ref<const std::string&>().empty();
    case Json::value_t::array:
    case Json::value_t::object:
      return !value.empty();
    default:
      return value.get<double>() != 0;
  }
}

}  // namespace minidock::cli::format
