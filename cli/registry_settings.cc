#include "cli/registry_settings.h"

#include <cstdlib>

#include "cli/version.h"

namespace minidock::cli {

namespace {

std::string docker_directory() {
  const char* const named = std::getenv("DOCKER_CONFIG");
  if (named != nullptr && *named != 0) return named;
  const char* const home = std::getenv("HOME");
  return home != nullptr && *home != 0 ? cat(std::string_view(home), "/.docker") : "";
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
  out.user_agent = cat("minidock/", kVersion);
  return out;
}

}  // namespace minidock::cli
