#include "engine/turn.h"

#include "base/file.h"
#include "base/text.h"

namespace minidock::engine {

namespace {
Fd open_turn(const store::Store& store, const std::string& id) {
  return open_file(AT_FDCWD, cat(store.container_directory(id), "/update"), O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
}
}  // namespace

Fd take_turn(const store::Store& store, const std::string& id) {
  Fd turn = open_turn(store, id);
  lock_file(turn.get());
  return turn;
}

std::optional<Fd> try_take_turn(const store::Store& store, const std::string& id) {
  Fd turn = open_turn(store, id);
  if (!try_lock_file(turn.get())) return std::nullopt;
  return turn;
}

}  // namespace minidock::engine
