// migrate: a store's images in the other driver's form.
#include "base/error.h"
#include "base/text.h"
#include "engine/engine.h"
#include "engine/root_mount.h"

namespace minidock::engine {

namespace {

// Lowers must not change below a mount.
void refuse_what_is_in_use(const store::Location& location, const std::vector<ContainerView>& containers) {
  std::vector<std::string> running, mounted;
  for (const ContainerView& view : containers) {
    if (view.is_up() || view.state == ContainerState::restarting) running.push_back(view.row.name);
    if (has_root_mount(location, view.row.id)) mounted.push_back(view.row.name);
  }
  if (!running.empty()) {
    throw_error(ErrorKind::in_use, "cannot migrate: containers are running: ", join(running, ", "),
                "; stop them first");
  }
  if (!mounted.empty()) {
    throw_error(ErrorKind::in_use, "cannot migrate: the files of containers are mounted: ", join(mounted, ", "),
                "; minidock unmount them first");
  }
}

}  // namespace

store::MigrationPlan Engine::plan_migration(const std::string& driver) {
  const store::MigrationPlan plan = store_.plan_migration(driver);
  if (plan.needed) refuse_what_is_in_use(store_.location(), list());
  return plan;
}

std::vector<std::string> Engine::migrate(const std::string& driver, const store::Progress& progress) {
  if (!plan_migration(driver).needed) return {};
  try {
    return store_.migrate(driver, progress);
  } catch (const Error& error) {
    throw error.with_context("cannot migrate");
  }
}

}  // namespace minidock::engine
