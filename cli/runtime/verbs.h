// The verbs of `minidock runtime`, and one maker for each, defined in the file of its name.
#pragma once

#include <memory>

#include "cli/command.h"
#include "cli/context.h"

namespace minidock::cli {

// By their names below `minidock`: "runtime create".
const CommandTable& runtime_verbs();

std::unique_ptr<Command> make_runtime_checkpoint();
std::unique_ptr<Command> make_runtime_create();
std::unique_ptr<Command> make_runtime_delete();
std::unique_ptr<Command> make_runtime_events();
std::unique_ptr<Command> make_runtime_exec();
std::unique_ptr<Command> make_runtime_features();
std::unique_ptr<Command> make_runtime_kill();
std::unique_ptr<Command> make_runtime_list();
std::unique_ptr<Command> make_runtime_pause();
std::unique_ptr<Command> make_runtime_ps();
std::unique_ptr<Command> make_runtime_restore();
std::unique_ptr<Command> make_runtime_resume();
std::unique_ptr<Command> make_runtime_run();
std::unique_ptr<Command> make_runtime_spec();
std::unique_ptr<Command> make_runtime_start();
std::unique_ptr<Command> make_runtime_state();
std::unique_ptr<Command> make_runtime_update();

}  // namespace minidock::cli
