#include "cli/registry_settings.h"

#include "cli/context.h"
#include "cli/version.h"

namespace minidock::cli {

namespace {

std::string docker_directory() {
  const std::string named = environment("DOCKER_CONFIG"), home = environment("HOME");
  if (!named.empty()) return named;
  return home.empty() ? "" : home + "/.docker";
}

}  // namespace

engine::RegistrySettings registry_settings(const config::Settings& settings) {
  engine::RegistrySettings out;
  out.config_directory = docker_directory();
  out.insecure = settings.insecure_registries.value;
  if (!settings.certificates.value.empty()) out.certificate_directories.push_back(settings.certificates.value);
  for (const char* directory : {"/etc/minidock/certs.d", "/etc/docker/certs.d", "/etc/containers/certs.d"}) {
    out.certificate_directories.push_back(directory);
  }
  for (const config::Registry& registry : settings.registries) {
    if (registry.insecure) out.insecure.push_back(registry.prefix);
    if (!registry.mirrors.empty()) out.mirrors.push_back({registry.prefix, registry.mirrors, registry.mirrors_only});
    if (registry.ca.empty() && registry.client_cert.empty()) continue;
    out.certificates[registry.prefix] = {registry.ca, registry.client_cert, registry.client_key};
  }
  // As docker: not where a web server may have made the variable of a header that a client sent (httpoxy).
  const bool is_cgi = !environment("REQUEST_METHOD").empty();
  if (environment("http_proxy").empty() && !is_cgi) out.http_proxy = environment("HTTP_PROXY");
  out.user_agent = cat("minidock/", kVersion);
  return out;
}

}  // namespace minidock::cli
