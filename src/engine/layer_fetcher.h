// Layers fetched from a registry, several at a time, each by a child process into a file without a name below ROOT/tmp.
// security: what a server sends is handled by a process that has nothing of the store open but that file, and unpacked
// only once its size and its SHA-256 are right.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/fd.h"
#include "linux/child.h"
#include "oci/image_manifest.h"
#include "registry/endpoints.h"

namespace minidock::engine {

class LayerFetcher {
 public:
  struct Source {
    const registry::Settings& settings;
    const oci::Reference& image;
    const registry::Endpoints& endpoints;  // the children know what they know
    const std::vector<oci::Descriptor>& layers;
  };
  using Told = std::function<void(size_t layer, uint64_t done)>;  // done: so many bytes have come

  // `directory` holds the files. All of it is borrowed.
  LayerFetcher(Source source, std::string directory, Told told);

  // These are wanted, in this order.
  void expect(const std::vector<size_t>& layers);
  // The whole layer; waits for it. Throws what kept any of them from coming.
  Fd take(size_t layer);

 private:
  struct Fetch {
    linux::Child child;
    Fd socket, file;
    bool done = false;
  };
  void start(size_t layer);
  void start_next();
  void wait_a_moment();

  Source source_;
  std::string directory_;
  Told told_;
  std::deque<size_t> queue_;
  std::map<size_t, Fetch> fetches_;
};

}  // namespace minidock::engine
