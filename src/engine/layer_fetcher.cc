#include "engine/layer_fetcher.h"

#include <poll.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"

namespace minidock::engine {

namespace {

constexpr size_t kAtOnce = 3;             // as docker
constexpr int kMomentMilliseconds = 100;  // between two looks at how far they have come

}  // namespace

LayerFetcher::LayerFetcher(Source source, std::string directory, Told told)
    : source_(std::move(source)), directory_(std::move(directory)), told_(std::move(told)) {}

void LayerFetcher::expect(const std::vector<size_t>& layers) {
  queue_.assign(layers.begin(), layers.end());
  start_next();
}

void LayerFetcher::start(size_t layer) {
  Fetch fetch;
  fetch.file = open_file(AT_FDCWD, directory_, O_TMPFILE | O_RDWR, 0600);
  const int file = fetch.file.get();
  fetch.child = linux::Child::start(
      [&](int socket) {
        linux::close_all_but(socket, file);
        registry::Endpoints endpoints(source_.settings, source_.image);
        endpoints.learn_from(source_.endpoints);
        endpoints.fetch_blob(source_.layers[layer], file);
        linux::send_fd(socket, -1);
      },
      fetch.socket);
  fetches_.emplace(layer, std::move(fetch));
}

void LayerFetcher::start_next() {
  const auto is_under_way = [](const auto& entry) { return !entry.second.done; };
  while (!queue_.empty() && fetches_.size() < kAtOnce + 1 &&
         static_cast<size_t>(std::count_if(fetches_.begin(), fetches_.end(), is_under_way)) < kAtOnce) {
    const size_t layer = queue_.front();
    queue_.pop_front();
    start(layer);
  }
}

// Looks after all that are under way: an error of any ends the whole.
void LayerFetcher::wait_a_moment() {
  std::vector<pollfd> sockets;
  std::vector<size_t> layers;
  for (const auto& [layer, fetch] : fetches_) {
    if (fetch.done) continue;
    sockets.push_back({fetch.socket.get(), POLLIN, 0});
    layers.push_back(layer);
  }
  if (poll(sockets.data(), sockets.size(), kMomentMilliseconds) < 0 && errno != EINTR) throw_errno("wait for layers");
  for (size_t i = 0; i < layers.size(); ++i) {
    Fetch& fetch = fetches_.at(layers[i]);
    if (sockets[i].revents != 0) {
      linux::receive_fd(fetch.socket.get());
      fetch.done = true;
    }
    struct stat info;
    if (told_ && fstat(fetch.file.get(), &info) == 0) told_(layers[i], static_cast<uint64_t>(info.st_size));
  }
}

Fd LayerFetcher::take(size_t layer) {
  if (!fetches_.contains(layer)) {
    std::erase(queue_, layer);
    start(layer);
  }
  while (!fetches_.at(layer).done) {
    start_next();
    wait_a_moment();
  }
  Fd file = std::move(fetches_.at(layer).file);
  fetches_.erase(layer);
  start_next();
  return file;
}

}  // namespace minidock::engine
