// What a user may decide about registries, read by the caller: nothing here looks at the environment.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace minidock::registry {

// Images whose name begins with `prefix` ("docker.io", "docker.io/library") are asked of the mirrors first: each stands
// in the prefix's place.
struct MirrorRule {
  std::string prefix;
  std::vector<std::string> mirrors;  // "host:5000", "host/path"
  bool only = false;                 // the registry itself is not asked
};

// Files of one host; "" for none.
struct HostCertificates {
  std::string ca, client_cert, client_key;
};

struct Settings {
  std::string config_directory;                      // has docker's config.json; "": there is none
  std::vector<std::string> certificate_directories;  // each has HOST[:PORT]/ca.crt, client.cert, client.key
  std::vector<std::string> insecure;                 // HOST[:PORT] of which plain http and any certificate are taken
  std::map<std::string, HostCertificates> certificates;  // by HOST[:PORT]; go before those of the directories
  std::vector<MirrorRule> mirrors;
  std::string http_proxy;  // for plain http, where libcurl finds none in the environment: it does not read HTTP_PROXY
  std::string user_agent = "minidock";
  int connect_seconds = 15;  // until a connection is there
  int idle_seconds = 30;     // without a byte: then it is broken
  int attempts = 5;          // of one request
  int most_wait = 60;        // seconds that a registry may ask to wait
};

}  // namespace minidock::registry
