#include <algorithm>

#include "cli/command.h"
#include "cli/commands/commands.h"
#include "cli/errors.h"
#include "cli/runtime/verbs.h"

namespace minidock::cli {
namespace {

constexpr std::string_view kNouns[] = {"container", "image", "runtime", "system", "volume"};

// Docker's verbs that this version does not have: a plain answer is better than "unknown".
constexpr std::string_view kLater[] = {
    "attach",  "build", "commit", "cp",   "diff", "events",  "exec", "export", "history", "load", "login",   "logout",
    "network", "pause", "port",   "pull", "push", "restart", "save", "search", "stats",   "top",  "unpause", "update"};

bool entry_has(const CommandEntry& entry, std::string_view path) {
  if (entry.name == path) return true;
  const auto aliases = split(entry.aliases, ',');
  return std::find(aliases.begin(), aliases.end(), path) != aliases.end();
}

const CommandEntry* find_entry(std::string_view path) {
  const auto& table = command_table();
  const auto entry = std::find_if(table.begin(), table.end(), [&](const auto& e) { return entry_has(e, path); });
  return entry == table.end() ? nullptr : &*entry;
}

}  // namespace

const std::vector<CommandEntry>& command_table() {
  static const std::vector<CommandEntry> table = {
      {"run", "container run", "Create a container from an image and run a command in it", make_run, 125},
      {"import", "image import", "Make an image from a tarball of a root filesystem", make_import, 125},
      {"ps", "container ls,container list,container ps", "List containers", make_ps},
      {"rm", "container rm,container remove", "Remove containers", make_rm},
      {"images", "image ls,image list", "List images", make_images},
      {"rmi", "image rm,image remove", "Remove images", make_rmi},
      {"tag", "image tag", "Give an image another name", make_tag},
      {"create", "container create", "Create a container without starting it", make_create, 125},
      {"start", "container start", "Start stopped containers", make_start},
      {"stop", "container stop", "Stop running containers", make_stop},
      {"kill", "container kill", "Send a signal to running containers", make_kill},
      {"wait", "container wait", "Wait until containers stop, then print their exit codes", make_wait},
      {"logs", "container logs", "Show what a container wrote", make_logs},
      {"rename", "container rename", "Rename a container", make_rename},
      {"inspect", "", "Show all about containers and images as JSON", make_inspect},
      {"info", "system info", "Show the store, the kernel and what is missing", make_info},
      {"version", "", "Show the version", make_version},
      {"container inspect", "", "Show all about containers as JSON", make_container_inspect},
      {"container prune", "", "Remove all stopped containers", make_container_prune},
      {"image inspect", "", "Show all about images as JSON", make_image_inspect},
      {"image prune", "", "Remove images without a name, or all unused ones", make_image_prune},
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
      {"system check", "", "Prove that every byte of the store is owned and sound", make_system_check},
      {"system df", "", "Show disk usage", make_system_df},
      {"system prune", "", "Remove all that is not in use", make_system_prune},
      {"volume ls", "volume list", "List volumes", make_volume_ls},
      {"volume prune", "", "Remove anonymous volumes that no container uses", make_volume_prune},
      {"volume rm", "volume remove", "Remove volumes", make_volume_rm},
      {"help", "", "Show help on a command", make_help},
      {"__cleanup", "", "", make_cleanup},
  };
  return table;
}

const CommandEntry* find_command(const std::vector<std::string>& words, size_t& words_used) {
  if (words.empty()) return nullptr;
  words_used = is_noun(words[0]) && words.size() > 1 ? 2 : 1;
  return find_entry(words_used == 2 ? cat(words[0], " ", words[1]) : words[0]);
}

bool is_noun(std::string_view word) {
  return std::find(std::begin(kNouns), std::end(kNouns), word) != std::end(kNouns);
}

void throw_unknown_command(const std::vector<std::string>& words) {
  const bool with_noun = is_noun(words[0]) && words.size() > 1;
  const std::string& verb = with_noun ? words[1] : words[0];
  const std::string where = with_noun ? cat("minidock ", words[0]) : "minidock";
  const std::string path = with_noun ? cat(words[0], " ", verb) : verb;
  if (std::find(std::begin(kLater), std::end(kLater), verb) != std::end(kLater)) {
    throw UsageError(where, cat(path, " is not supported yet"), 1);
  }
  std::vector<std::string> names;
  for (const CommandEntry& entry : command_table()) {
    for (const std::string& name : split(cat(entry.name, ",", entry.aliases), ',')) {
      const bool same_noun = with_noun ? name.starts_with(cat(words[0], " ")) : name.find(' ') == std::string::npos;
      if (same_noun && !name.empty() && !name.starts_with('_')) names.push_back(name);
    }
  }
  const auto near = near_names(path, names);
  const std::string hint = near.empty() ? "" : cat("; did you mean ", join(near, " or "), "?");
  throw UsageError(where, cat("unknown command: minidock ", printable(path), hint), 1);
}

}  // namespace minidock::cli
