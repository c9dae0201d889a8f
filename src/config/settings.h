// All that a user may settle for every command, each with where it was said. Plain data: what it means is the business
// of who uses it. config/keys.h has the names; docs/configuration.md tells what they do.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/value.h"

namespace minidock::config {

template <typename T>
struct Setting {
  T value{};
  Origin origin;
};

// [[registry]]: what holds for the images whose name begins with `prefix`: a registry's host, or that and a path.
struct Registry {
  std::string prefix;
  std::vector<std::string> mirrors;     // HOST[:PORT][/PATH], each in the place of the prefix, asked in this order
  bool mirrors_only = false;            // the registry itself is not asked
  bool insecure = false;                // of the host: plain http and any certificate are taken
  std::string ca;                       // of the host, files: who vouches for it beside the system's own,
  std::string client_cert, client_key;  // and what it is shown of us
  Origin origin;
};

// [[default-address-pools]]: networks get subnets of `size` bits out of `base`.
struct AddressPool {
  std::string base;  // "10.20.0.0/16"
  int size = 0;      // "24"
  Origin origin;
};

// [[trust]]: who has to have signed the images whose name is `name` or begins with it; one of the three.
struct Trust {
  std::string name;               // "docker.io/library/web", "docker.io", "*": what no other is for
  std::vector<std::string> keys;  // absolute paths, or public keys in PEM
  bool accept = false, reject = false;
  Origin origin;
};

struct Settings {
  Setting<std::string> root, run_root;  // "": the user's own
  Setting<std::string> storage_driver;  // of a new store; "": the store's own choice
  Setting<std::string> log_driver = {"local", {}};
  std::map<std::string, Setting<std::string>> log_opts;   // of containers with that driver
  Setting<bool> keep_blobs;                               // of layers, as registries sent them
  std::vector<Registry> registries;                       // by prefix
  std::vector<Trust> trust;                               // by name
  Setting<std::vector<std::string>> insecure_registries;  // HOST[:PORT], lower case
  Setting<std::string> certificates;                    // a directory in the layout of certs.d; "": none but the usual
  Setting<std::string> network = {"bridge", {}};        // of containers whose command names none
  Setting<std::string> default_bind = {"0.0.0.0", {}};  // the address of published ports
  std::vector<AddressPool> default_address_pools;
};

}  // namespace minidock::config
