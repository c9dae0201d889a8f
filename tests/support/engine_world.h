// An engine over a store of its own, with one image made from the host's busybox, and words for the tests about
// whole containers: run, collect what it printed, remove.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "engine/engine.h"
#include "support/tar_builder.h"
#include "support/temporary_store.h"

namespace minidock::engine {

struct Outcome {
  std::string id, output, error_output;
  int code = -1;
};

class EngineWorld : public ::testing::Test {
 protected:
  // In memory: a disk would be waited for by every import, and what survives is not what these tests ask.
  EngineWorld() : engine_(store_.location()) {
    Engine::ImportOptions options;
    options.path = store_.top() + "/box.tar";
    write_file(AT_FDCWD, options.path, box_archive());
    imported_ = engine_.import(options);
  }

  static ContainerConfig shell(const std::string& script) {
    ContainerConfig config;
    config.image = "box";
    config.args = {"sh", "-c", script};
    return config;
  }
  static CreateOptions named(const std::string& name) {
    CreateOptions options;
    options.name = name;
    return options;
  }

  // Reads to the end; of an --rm container does what the command line does then.
  Outcome finish(RunningContainer container, bool auto_remove) {
    Outcome outcome;
    outcome.id = container.id;
    for (;;) {
      const monitor::Event event = container.session.read_event();
      if (event.kind == monitor::EventKind::output) outcome.output += event.data;
      if (event.kind == monitor::EventKind::error_output) outcome.error_output += event.data;
      if (event.kind == monitor::EventKind::exited) outcome.code = event.exit.code;
      if (event.kind == monitor::EventKind::exited || event.kind == monitor::EventKind::closed) break;
    }
    if (auto_remove) {
      container.session.take_over_cleanup();
      engine_.cleanup(outcome.id);
    }
    return outcome;
  }
  Outcome run(const ContainerConfig& config, const CreateOptions& options = {}) {
    return finish(engine_.run(config, options), config.auto_remove);
  }
  Outcome run_once(ContainerConfig config) {
    config.auto_remove = true;
    return run(config);
  }

  // What check() complains of, one a line.
  std::string complaints() {
    std::string text;
    for (const store::Problem& problem : engine_.check({.deep = false}))
      text += cat(problem.kind, " ", problem.object, "\n");
    return text;
  }

  store::TemporaryStore store_;
  Engine engine_;
  Engine::Imported imported_;

 private:
  static std::string box_archive() {
    store::TarBuilder tar;
    for (const char* name : {"bin/", "etc/", "tmp/", "proc/", "sys/", "dev/", "data/"}) tar.directory(name);
    tar.file("bin/busybox", read_file(AT_FDCWD, "/bin/busybox"), 0755);
    for (const char* applet : {"sh", "cat", "echo", "id", "hostname", "ls", "mount", "sleep", "kill", "env", "true",
                               "grep", "readlink", "touch", "wc", "stat", "pwd", "seq", "trap"}) {
      tar.symlink(std::string("bin/") + applet, "busybox");
    }
    tar.file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:100:Alice:/home/alice:/bin/sh\n");
    tar.file("etc/group", "root:x:0:\nusers:x:100:\naudio:x:29:alice\n");
    tar.file("data/seed", "from the image\n");
    return tar.finish();
  }
};

}  // namespace minidock::engine
