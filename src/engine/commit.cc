// commit: an image from a container: its image's layers, and a layer of what it has changed.
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/signals.h"
#include "base/text.h"
#include "engine/changes.h"
#include "engine/container_tree.h"
#include "engine/events.h"
#include "engine/launching.h"
#include "linux/child.h"
#include "store/archive/pipe.h"
#include "store/archive/tree_archive.h"

namespace minidock::engine {

namespace {

constexpr size_t kLayers = 127;  // as docker

void replace_variable(std::vector<std::string>& env, const std::string& variable) {
  const std::string prefix = variable.substr(0, variable.find('=') + 1);
  for (std::string& entry : env) {
    if (entry.starts_with(prefix)) {
      entry = variable;
      return;
    }
  }
  env.push_back(variable);
}

// What the container was asked to be, as an image's defaults. Not what a run adds, such as HOSTNAME.
oci::ContainerDefaults defaults_of(const ContainerConfig& config) {
  oci::ContainerDefaults out = config.image_defaults;
  if (!config.user.empty()) out.user = config.user;
  if (!config.working_dir.empty()) out.working_dir = config.working_dir;
  if (!config.stop_signal.empty()) out.stop_signal = config.stop_signal;
  for (const std::string& variable : config.env) replace_variable(out.env, variable);
  for (const auto& [name, value] : config.labels) out.labels[name] = value;
  if (config.entrypoint) {
    out.entrypoint = config.entrypoint->empty() ? std::vector<std::string>() : std::vector{*config.entrypoint};
    out.cmd = config.args;
  } else if (!config.args.empty()) {
    out.cmd = config.args;
  }
  if (out.cmd && out.cmd->empty()) out.cmd.reset();
  out.health_check = asked_health_check(config);
  return out;
}

// A running container stands still as long as this lives. One that is paused already, or has just ended, is left alone.
class Standstill {
 public:
  Standstill(Engine& engine, const ContainerView& view, bool wanted) : engine_(engine), id_(view.row.id) {
    if (!wanted || view.state != ContainerState::running) return;
    try {
      engine_.pause(id_);
      ours_ = true;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::conflict) throw;
    }
  }
  ~Standstill() {
    try {
      end();
    } catch (const Error&) {
      // The error under way says more.
    }
  }
  Standstill(const Standstill&) = delete;
  Standstill& operator=(const Standstill&) = delete;

  void end() {
    if (!std::exchange(ours_, false)) return;
    try {
      engine_.unpause(id_);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::conflict && error.kind() != ErrorKind::not_found) throw;  // else it was killed
    }
  }

 private:
  Engine& engine_;
  std::string id_;
  bool ours_ = false;
};

// The layer as a tar on a pipe, written by a child: the store reads it as it reads any archive.
class LayerSource {
 public:
  explicit LayerSource(const UpperDirectory& upper) : pipe_(store::make_pipe()) {
    child_ = linux::Child::start(
        [&](int socket) {
          pipe_.read.reset();
          write_layer(upper);
          linux::send_fd(socket, -1);
        },
        socket_);
    pipe_.write.reset();
  }

  int fd() const { return pipe_.read.get(); }
  // Throws what kept the child from writing all of it.
  void finish() { linux::receive_fd(socket_.get()); }
  // The cause of a failed import, where it is the child's: the archive is then cut short.
  void throw_own_failure() {
    pipe_.read.reset();  // order: a child that is still writing ends by it, without an answer
    try {
      finish();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::internal) throw;
    }
  }

 private:
  void write_layer(const UpperDirectory& upper) const {
    store::TarWriter writer([this](std::string_view bytes) { write_all(pipe_.write.get(), bytes); });
    store::TreeArchiveOptions options;
    options.overlay_marks = true;
    options.is_left_out = [&upper](const store::TreeItem& item) { return !upper.changes.contains(item.path); };
    store::TreeArchive(writer, options).add_below(upper.upper.get());
    writer.finish();
  }

  store::Pipe pipe_;
  linux::Child child_;
  Fd socket_;
};

oci::ImageConfig make_config(const ContainerConfig& config, const store::ImageRow& parent,
                             const Engine::CommitOptions& options) {
  oci::ImageConfig out = oci::parse_image_config(parent.config_json);
  out.config = defaults_of(config);
  for (const std::string& change : options.changes) oci::apply_change(out.config, change);
  if (!out.config.stop_signal.empty()) parse_signal(out.config.stop_signal);
  out.author = options.author;
  out.created = rfc3339(now());
  return out;
}

}  // namespace

oci::ImageId Engine::commit(std::string_view name_or_id, const CommitOptions& options) {
  const ContainerView view = load(name_or_id);
  const store::ImageRow parent = image_of(store_, view.row);
  store::ImportRequest request;
  if (options.reference) {
    request.reference = oci::parse_reference(*options.reference);
    if (request.reference->digest) {
      throw_error(ErrorKind::invalid, "refusing to create a tag with a digest reference");
    }
  }
  request.config = make_config(view.config(), parent, options);
  request.parents = parent.layers;
  request.message = options.message;
  if (const auto& command = defaults_of(view.config()).cmd) request.created_by = join(*command, " ");
  request.source_name = cat("container ", view.row.name);
  if (parent.layers.size() >= kLayers) {
    throw_error(ErrorKind::exhausted, "cannot commit ", view.row.name, ": its image has ", parent.layers.size(),
                " layers already, and more cannot be mounted; export it and import it as one");
  }
  Standstill standstill(*this, view, options.pause);
  const UpperDirectory upper = open_upper(store_, view);
  LayerSource layer(upper);
  request.fd = layer.fd();
  request.admit = [&](const oci::ImageId& id) {
    if (!request.reference) return;  // it has no name to be asked for yet, and who made it is here
    require_trusted_names(trust_, store_, id, {*request.reference}, {},
                          "commit it under another name, sign it for this one (image sign --name), then tag it");
  };
  request.when_read = [&] {
    standstill.end();
    layer.finish();
  };
  try {
    const oci::ImageId image = store_.import(request).id;
    record_container_event(store_, view.row, view.config(), "commit",
                           {{"comment", options.message},
                            {"imageID", image.text()},
                            {"imageRef", request.reference ? request.reference->familiar() : ""}});
    return image;
  } catch (const Error& error) {
    const std::string context = cat("cannot commit ", view.row.name);
    try {
      layer.throw_own_failure();
    } catch (const Error& cause) {
      throw cause.with_context(context);
    }
    throw error.with_context(context);
  }
}

}  // namespace minidock::engine
