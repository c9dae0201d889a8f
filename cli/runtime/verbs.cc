#include "cli/runtime/verbs.h"

namespace minidock::cli {

const CommandTable& runtime_verbs() {
  static const CommandTable kVerbs = {
      {"runtime create", "", "Make a container from a bundle; its command waits", make_runtime_create},
      {"runtime start", "", "Let the command of a created container run", make_runtime_start},
      {"runtime state", "", "Print the state of a container as JSON", make_runtime_state},
      {"runtime kill", "", "Send a signal to a container", make_runtime_kill},
      {"runtime delete", "", "Remove what a stopped container holds", make_runtime_delete},
      {"runtime run", "", "Create, start and delete a container in one", make_runtime_run},
      {"runtime exec", "", "Run a further command in a container", make_runtime_exec, 255},
      {"runtime list", "", "List containers", make_runtime_list},
      {"runtime ps", "", "List the processes of a container", make_runtime_ps},
      {"runtime pause", "", "Freeze all processes of a container", make_runtime_pause},
      {"runtime resume", "", "Let the processes of a paused container go on", make_runtime_resume},
      {"runtime update", "", "Change the limits of a container", make_runtime_update},
      {"runtime events", "", "Print what a container uses, and when it is out of memory", make_runtime_events},
      {"runtime spec", "", "Write a config.json to begin with", make_runtime_spec},
      {"runtime features", "", "Print what this runtime can do as JSON", make_runtime_features},
      {"runtime checkpoint", "", "Save the processes of a container by CRIU", make_runtime_checkpoint},
      {"runtime restore", "", "Bring saved processes back as a container", make_runtime_restore},
  };
  return kVerbs;
}

}  // namespace minidock::cli
