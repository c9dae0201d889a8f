#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <memory>

#include "base/text.h"
#include "cli/errors.h"
#include "cli/options/given.h"

namespace minidock::cli {
namespace {

void register_with(CLI::App& app, const GivenOption& given) {
  // Shared with the callback, which needs the option that add_option() is yet to return.
  const auto self = std::make_shared<CLI::Option*>(nullptr);
  *self = app.add_option(join(given.spellings, ","), [&given, self](const CLI::results_t&) {
    // The option's own results: CLI11 gives a value of "{}" a meaning of its own on the way to callbacks.
    given.apply((*self)->results());
    return true;
  });
  (*self)->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args(false);
}

}  // namespace

void apply_by_cli11(const std::string& command, const std::vector<GivenOption>& given) {
  CLI::App app;
  app.set_help_flag();
  std::vector<std::string> words;
  for (const GivenOption& option : given) {
    register_with(app, option);
    for (const std::string& value : option.values) words.insert(words.end(), {option.spellings.back(), value});
  }
  std::reverse(words.begin(), words.end());  // CLI11 reads its vector from the back
  try {
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    throw UsageError(command, error.what());
  }
}

}  // namespace minidock::cli
