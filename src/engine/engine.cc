#include "engine/engine.h"

namespace minidock::engine {

Engine::Engine(Location location) : store_(store::Store::open(location)) {}

}  // namespace minidock::engine
