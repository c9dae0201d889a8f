#include "engine/sql.h"

#include <unistd.h>

#include <charconv>

#include "cli/commands/commands.h"
#include "cli/errors.h"
#include "cli/format/functions.h"
#include "cli/output.h"
#include "cli/table.h"
#include "cli/terminal.h"

namespace minidock::cli {
namespace {

using engine::SqlRow;
using engine::SqlValue;
using Names = std::vector<std::string>;

std::string text_of(const SqlValue& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) return cat(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* real = std::get_if<double>(&value)) {
    char buffer[40];
    return {buffer, std::to_chars(buffer, buffer + sizeof buffer, *real).ptr};
  }
  return "";
}

Json json_of(const SqlValue& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) return *number;
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return nullptr;
}

// spec: RFC 4180, with a newline alone at the end of a line.
std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return text;
  std::string out = "\"";
  for (const char letter : text) out += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return out + '"';
}

class Sql : public Command {
 public:
  void declare(Options& options) override { options.text("--format", format_); }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 0, 1);
    if (format_.empty()) format_ = is_terminal(STDOUT_FILENO) ? "table" : "csv";
    if (format_ != "table" && format_ != "csv" && format_ != "json") {
      throw UsageError(options.command(), cat("unknown format ", printable(format_), ": table, csv or json"));
    }
    if (operands.empty()) {
      print(engine::sql_schema());
      return 0;
    }
    engine::run_sql(
        context.engine(), operands[0], [this](const Names& names) { begin(names); },
        [this](const SqlRow& row) { show(row); });
    if (format_ == "table") print(align_columns(table_, 0));
    return 0;
  }

 private:
  void begin(const Names& names) {
    names_ = names;
    SqlRow titles;
    for (const std::string& name : names) titles.emplace_back(name);
    if (format_ != "json") show(titles);
  }

  void show(const SqlRow& row) {
    if (format_ == "json") {
      Json object = Json::object();
      for (size_t i = 0; i < row.size(); ++i) object[names_[i]] = json_of(row[i]);
      print_line(format::to_json_text(object));
      return;
    }
    const bool csv = format_ == "csv";
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string cell = text_of(row[i]);
      line += cat(i == 0 ? "" : csv ? "," : "\t", csv ? csv_cell(cell) : printable(cell));
    }
    if (csv) {
      print_line(line);
    } else {
      table_ += line + "\n";  // its widths are those of all of it
    }
  }

  std::string format_, table_;
  Names names_;
};

}  // namespace

std::unique_ptr<Command> make_sql() {
  return std::make_unique<Sql>();
}

}  // namespace minidock::cli
