#include "store/store.h"

#include "base/file.h"
#include "store/event_log.h"
#include "store/state.h"
#include "store/sweep.h"
#include "store/tree.h"

namespace minidock::store {

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Store Store::open(const Location& location) {
  Store store(std::make_unique<State>(location));
  // One listing of a directory that is empty when nothing was interrupted.
  const std::vector<std::string> entries = list_dir(store.state_->tmp());
  if (entries.empty() || !recover(*store.state_, entries)) return store;
  try {
    store.sweep();
  } catch (const Error&) {
    // The mark stays, and what could not be removed (something is mounted on it, say) is in check()'s list again.
  }
  return store;
}

const Location& Store::location() const {
  return state_->location();
}

const std::string& Store::id() const {
  return state_->id();
}

void Store::use_survivors(std::function<bool(const std::string& container)> survives) {
  state_->use_survivors(std::move(survives));
}

Rooms& Store::rooms() {
  return *state_;
}

std::string Store::container_directory(const std::string& id) const {
  return cat(location().root, "/", container_path(id));
}

std::string Store::run_directory(const std::string& id) const {
  return cat(location().run_root, "/", container_path(id));
}

std::string Store::volume_home(const std::string& name) const {
  return cat(location().root, "/", volume_path(name));
}

std::string Store::volume_directory(const std::string& name) const {
  return volume_home(name) + "/_data";
}

void Store::record_event(const oci::Event& event) const noexcept {
  append_event(location().run_root, event);
}

std::string Store::event_log_path() const {
  return cat(location().run_root, "/", kEventDirectory, "/", kEventFile);
}

uint64_t Store::disk_usage() {
  return tree_bytes(state_->root(), ".");
}

}  // namespace minidock::store
