#include "cli/pull_lines.h"

#include <unistd.h>

#include <cstdlib>

#include "base/text.h"
#include "cli/errors.h"
#include "cli/terminal.h"
#include "cli/version.h"

namespace minidock::cli {

namespace {

using State = engine::PullStep::State;

const char* words_of(State state) {
  switch (state) {
    case State::queued:
      return "Pulling fs layer";
    case State::present:
      return "Already exists";
    case State::downloading:
      return "Downloading";
    case State::downloaded:
      return "Download complete";
    case State::extracting:
      return "Extracting";
    case State::complete:
      return "Pull complete";
  }
  return "";
}

bool is_moving(State state) {
  return state == State::downloading || state == State::extracting;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

LineForm parse_line_form(const std::string& text, int fd) {
  if (text == "auto") return is_terminal(fd) ? LineForm::terminal : LineForm::none;
  if (text == "tty") return LineForm::terminal;
  if (text == "plain") return LineForm::plain;
  if (text == "json") return LineForm::json;
  if (text == "quiet") return LineForm::none;
  throw_error(ErrorKind::invalid, "invalid progress \"", printable(text), "\": use auto, tty, plain, json or quiet");
}

engine::RegistrySettings registry_settings() {
  engine::RegistrySettings settings;
  settings.config_directory = environment("DOCKER_CONFIG");
  const std::string home = environment("HOME");
  if (settings.config_directory.empty() && !home.empty()) settings.config_directory = home + "/.docker";
  for (const std::string& host : split(environment("MINIDOCK_INSECURE_REGISTRIES"), ',')) {
    if (!trim(host).empty()) settings.insecure.push_back(lower(trim(host)));
  }
  const std::string own = environment("MINIDOCK_CERTIFICATES");
  if (!own.empty()) settings.certificate_directories.push_back(own);
  for (const char* directory : {"/etc/minidock/certs.d", "/etc/docker/certs.d", "/etc/containers/certs.d"}) {
    settings.certificate_directories.push_back(directory);
  }
  // As docker: not where a web server may have made the variable of a header that a client sent (httpoxy).
  const bool is_cgi = !environment("REQUEST_METHOD").empty();
  if (environment("http_proxy").empty() && !is_cgi) settings.http_proxy = environment("HTTP_PROXY");
  settings.user_agent = cat("minidock/", kVersion);
  return settings;
}

engine::Engine::Pulled pull_with_lines(engine::Engine& engine, const PullWish& wish) {
  const oci::Reference reference = oci::parse_reference(wish.reference);
  LayerLines lines(wish.quiet ? LineForm::none : wish.form, wish.fd);
  engine::Engine::PullOptions options;
  options.reference = wish.reference;
  options.platform = wish.platform;
  options.registry = registry_settings();
  if (!wish.quiet) {
    options.begun = [&](const std::string& repository) {
      lines.say(cat("Pulling from ", repository), reference.digest ? reference.digest->text() : reference.tag);
    };
    options.step = [&](const engine::PullStep& step) {
      lines.step({step.layer, step.id, words_of(step.state), is_moving(step.state), step.done, step.total});
    };
  }
  const engine::Engine::Pulled pulled = engine.pull_image(options);
  if (wish.quiet) return pulled;
  lines.say(cat("Digest: ", pulled.digest.text()));
  lines.say(
      cat("Status: ", pulled.newer ? "Downloaded newer image for " : "Image is up to date for ", pulled.familiar));
  return pulled;
}

bool try_pull_missing(engine::Engine& engine, const PullWish& wish, const Error& missing) {
  const bool lacks_image =
      missing.kind() == ErrorKind::not_found && std::string_view(missing.what()).starts_with("No such image: ");
  const bool is_name = !oci::Digest::parse(wish.reference) && !oci::Digest::parse_hex(wish.reference);
  if (!lacks_image || !is_name || engine.store().find_image(wish.reference)) return false;
  if (!wish.quiet) {
    print_error(cat("Unable to find image '", oci::parse_reference(wish.reference).familiar(), "' locally"));
  }
  try {
    pull_with_lines(engine, wish);
  } catch (const Error& error) {
    // What is near is still worth saying: most names that are nowhere are mistyped.
    throw Error(ErrorKind::not_found, cat(missing.what(), "; ", error.what()));
  }
  return true;
}

}  // namespace minidock::cli
