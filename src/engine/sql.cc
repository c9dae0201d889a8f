#include "engine/sql.h"

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "oci/json_fields.h"

namespace minidock::engine {

namespace {

using Table = store::SelectDatabase;

// An instant sorts as a text, and is nothing where there was none.
SqlValue instant(Nanoseconds time) {
  return time == 0 ? SqlValue() : SqlValue(rfc3339_fixed(time));
}

SqlValue number(bool value) {
  return int64_t{value};
}
SqlValue number(uint64_t value) {
  return static_cast<int64_t>(value);
}

std::string json_of(const std::map<std::string, std::string>& texts) {
  return texts.empty() ? "{}" : oci::dump_json(texts);
}

std::vector<std::string> familiar(const std::vector<std::string>& canonical) {
  std::vector<std::string> out;
  for (const std::string& tag : canonical) out.push_back(oci::parse_reference(tag).familiar());
  return out;
}

std::string command_of(const ContainerConfig& config) {
  try {
    return join(command_line(config), " ");
  } catch (const Error&) {
    return "";  // none was given
  }
}

void fill_containers(Engine& engine, Table& table) {
  const Nanoseconds time = now();
  for (const ContainerView& view : engine.list()) {
    const bool ended = view.state == ContainerState::exited || view.state == ContainerState::restarting;
    table.insert("containers", {view.row.id,
                                view.row.name,
                                view.row.image_reference,
                                view.row.image.text(),
                                state_name(view.state),
                                view.status(time),
                                instant(view.row.created),
                                instant(view.started),
                                ended ? instant(view.finished) : SqlValue(),
                                ended ? SqlValue(int64_t{view.exit_code}) : SqlValue(),
                                view.is_up() ? SqlValue(int64_t{view.run.pid}) : SqlValue(),
                                int64_t{engine.restart_count(view)},
                                number(view.oom_killed),
                                view.error.empty() ? SqlValue() : SqlValue(view.error),
                                number(view.row.ephemeral),
                                command_of(view.config()),
                                view.config().network,
                                view.config().restart.name,
                                json_of(labels(view.config())),
                                view.row.config_json});
  }
}

void fill_images(Engine& engine, Table& table) {
  for (const store::ImageRow& row : engine.store().list_images()) {
    const oci::ImageConfig config = oci::parse_image_config(row.config_json);
    const std::vector<std::string> tags = familiar(row.tags);
    const SqlValue created = config.created.empty() ? SqlValue() : SqlValue(config.created);
    table.insert("images", {row.id.text(), tags.empty() ? SqlValue() : SqlValue(tags[0]), oci::dump_json(tags),
                            number(row.size), number(row.layers.size()), created, instant(row.stored),
                            config.architecture, json_of(config.config.labels), row.config_json});
  }
}

void fill_layers(Engine& engine, Table& table) {
  std::map<oci::DiffId, std::set<oci::ImageId>> users;
  for (const store::ImageRow& image : engine.store().list_images()) {
    for (const oci::DiffId& layer : image.layers) users[layer].insert(image.id);
  }
  for (const store::LayerRow& row : engine.store().list_layers()) {
    table.insert("layers", {row.diff_id.text(), number(row.blob_size), number(row.content_size), number(row.entries),
                            number(users[row.diff_id].size())});
  }
}

void fill_volumes(Engine& engine, Table& table) {
  std::map<std::string, std::set<std::string>> users;
  for (const store::ContainerRow& row : engine.store().list_containers()) {
    for (const MountOption& mount : parse_container_config(row.config_json).mounts) {
      if (mount.type == "volume") users[mount.source].insert(row.id);
    }
  }
  for (const store::VolumeRow& row : engine.store().list_volumes()) {
    table.insert("volumes", {row.name, number(row.anonymous), instant(row.created), number(users[row.name].size()),
                             engine.store().volume_directory(row.name), row.labels_json});
  }
}

void fill_events(Engine& engine, Table& table) {
  for (const oci::Event& event : engine.open_events().read()) {
    const auto name = event.attributes.find("name");
    table.insert("events",
                 {instant(event.time), event.type, event.action, event.id,
                  name == event.attributes.end() ? SqlValue() : SqlValue(name->second), json_of(event.attributes)});
  }
}

}  // namespace

std::string_view sql_schema() {
  return R"(CREATE TABLE containers (
  id         TEXT,     -- 64 hex digits
  name       TEXT,
  image      TEXT,     -- as it was typed
  image_id   TEXT,     -- sha256:...
  state      TEXT,     -- created, running, paused, restarting, exited, dead
  status     TEXT,     -- Up 5 minutes
  created    TEXT,     -- 2026-01-02T03:04:05.000000006Z
  started    TEXT,
  finished   TEXT,
  exit_code  INTEGER,  -- of one that has ended
  pid        INTEGER,  -- on the host, of one that is up
  restarts   INTEGER,  -- by its policy
  oom_killed INTEGER,  -- 0 or 1
  error      TEXT,     -- why the last start failed
  ephemeral  INTEGER,  -- 1: run --rm
  command    TEXT,
  network    TEXT,
  restart    TEXT,     -- the policy's name
  labels     TEXT,     -- JSON object
  config     TEXT      -- JSON, minidock's own record
);
CREATE TABLE images (
  id           TEXT,     -- sha256:...
  name         TEXT,     -- the first of its tags
  tags         TEXT,     -- JSON array
  size         INTEGER,  -- bytes of its layers' files
  layers       INTEGER,  -- how many
  created      TEXT,     -- as its config says
  stored       TEXT,     -- when this store took it in
  architecture TEXT,
  labels       TEXT,     -- JSON object
  config       TEXT      -- JSON, the image's config
);
CREATE TABLE layers (
  id           TEXT,     -- sha256:... of its uncompressed tar
  size         INTEGER,  -- bytes of the tar
  content_size INTEGER,  -- bytes of its files
  entries      INTEGER,
  images       INTEGER   -- how many have it
);
CREATE TABLE volumes (
  name       TEXT,
  anonymous  INTEGER,  -- 0 or 1
  created    TEXT,
  containers INTEGER,  -- how many have it
  path       TEXT,     -- on the host
  labels     TEXT      -- JSON object
);
CREATE TABLE events (
  time       TEXT,
  type       TEXT,  -- container, image, volume
  action     TEXT,
  id         TEXT,
  name       TEXT,
  attributes TEXT   -- JSON object
);
)";
}

void run_sql(Engine& engine, std::string_view select,
             const std::function<void(const std::vector<std::string>&)>& columns,
             const std::function<void(const SqlRow&)>& row) {
  constexpr struct {
    const char* name;
    void (*fill)(Engine&, Table&);
  } kViews[] = {{"containers", fill_containers},
                {"images", fill_images},
                {"layers", fill_layers},
                {"volumes", fill_volumes},
                {"events", fill_events}};
  Table table(sql_schema());
  const std::set<std::string> read = table.tables_of(select);
  for (const auto& view : kViews) {
    if (read.contains(view.name)) view.fill(engine, table);
  }
  table.run(select, columns, row);
}

}  // namespace minidock::engine
