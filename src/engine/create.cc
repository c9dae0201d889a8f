// create and run: a new container, and for run its first start.
#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "engine/cid_file.h"
#include "engine/events.h"
#include "engine/launching.h"
#include "engine/mount_sources.h"
#include "engine/volume_mounts.h"
#include "oci/json_fields.h"

namespace minidock::engine {

namespace {

// A container whose files are made and whose row is not: what undoes itself until commit().
struct Draft {
  store::Store::NewContainer container;
  store::ContainerRow row;
  NetworkPlace network;
  VolumeHolds volumes;  // until it runs
  monitor::LaunchRequest request;

  void commit(CidFile& cid_file) {
    container.commit(row);
    cid_file.write(row.id);
  }
};

std::string to_record(const ContainerConfig& config) {
  std::string record = to_json(config);
  if (record.size() > oci::kJsonBytes) {
    throw_error(ErrorKind::exhausted, "record container: its arguments, environment and labels are over ",
                oci::kJsonBytes >> 20, " MiB together; pass them by a file");
  }
  return record;
}

Draft make_draft(store::Store& store, const TrustPolicy& trust, ContainerConfig& config, const CreateOptions& options,
                 bool starts, std::vector<std::string>& warnings) {
  const store::ImageRow image = complete_config(store, trust, config, warnings);
  if (!options.image_reference.empty()) config.image = options.image_reference;
  Draft draft{store.create_container(options.name, config.auto_remove), {}, {}, {}, {}};
  ensure_mount_sources(store, config, draft.container.id());
  draft.row.id = draft.container.id();
  draft.row.name = draft.container.name();
  draft.row.image = image.id;
  draft.row.image_reference = config.image;
  draft.row.created = now();
  draft.row.ephemeral = config.auto_remove;
  draft.row.config_json = to_record(config);
  // Planned even where nothing is started yet: what could never start is refused before it exists.
  if (starts) draft.network = NetworkPlace(store, draft.row, config);
  if (starts) draft.volumes = hold_volumes(store, config);
  draft.request = prepare_launch(store, draft.row, config, image, draft.network, warnings);
  return draft;
}

}  // namespace

std::string Engine::create(ContainerConfig config, const CreateOptions& options, std::vector<std::string>& warnings) {
  CidFile cid_file(options.cidfile);
  Draft draft = make_draft(store_, trust_, config, options, false, warnings);
  if (options.explain) options.explain(draft.request.plan);
  draft.commit(cid_file);
  record_container_event(store_, draft.row, config, "create");
  draft.container.release();
  return draft.row.id;
}

RunningContainer Engine::run(ContainerConfig config, const CreateOptions& options) {
  CidFile cid_file(options.cidfile);
  std::vector<std::string> warnings;
  Draft draft = make_draft(store_, trust_, config, options, true, warnings);
  if (options.explain) options.explain(draft.request.plan);
  draft.commit(cid_file);
  record_container_event(store_, draft.row, config, "create");
  if (options.attached) record_container_event(store_, draft.row, config, "attach");
  record_volume_mounts(store_, draft.row, config);
  draft.request.lock_fd = draft.container.lock_fd();
  try {
    monitor::Session session = launch(store_, draft.row, draft.request, draft.network);
    draft.container.release();
    return {draft.row.id, std::move(session), std::move(warnings)};
  } catch (const Error&) {
    // As docker: a container that could not start stays, to be inspected and removed by its owner.
    if (!draft.row.ephemeral) draft.container.release();  // else all of it goes with the draft
    throw;
  }
}

}  // namespace minidock::engine
