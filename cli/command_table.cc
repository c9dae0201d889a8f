#include "cli/command.h"
#include "cli/commands/commands.h"
#include "cli/runtime/verbs.h"

namespace minidock::cli {
namespace {

CommandTable verbs() {
  return {
      {"run", "container run", "Create a container from an image and run a command in it", make_run, 125},
      {"import", "image import", "Make an image from a tarball of a root filesystem", make_import},
      {"pull", "image pull", "Fetch an image from a registry", make_pull},
      {"push", "image push", "Send an image to a registry", make_push},
      {"login", "", "Log in to a registry", make_login},
      {"logout", "", "Forget who you are to a registry", make_logout},
      {"load", "image load", "Take in images from an archive", make_load},
      {"save", "image save", "Write images to an archive", make_save},
      {"ps", "container ls,container list,container ps", "List containers", make_ps},
      {"rm", "container rm,container remove", "Remove containers", make_rm},
      {"images", "image ls,image list", "List images", make_images},
      {"history", "image history", "Show how an image was made", make_history},
      {"rmi", "image rm,image remove", "Remove images", make_rmi},
      {"tag", "image tag", "Give an image another name", make_tag},
      {"create", "container create", "Create a container without starting it", make_create},
      {"start", "container start", "Start stopped containers", make_start},
      {"stop", "container stop", "Stop running containers", make_stop},
      {"kill", "container kill", "Send a signal to running containers", make_kill},
      {"exec", "container exec", "Run a further command in a running container", make_exec, 1, true},
      {"attach", "container attach", "Show a running container's output here, and give it input", make_attach},
      {"restart", "container restart", "Stop containers and start them again", make_restart},
      {"top", "container top", "List the processes of a container", make_top},
      {"stats", "container stats", "Show what containers use, as it changes", make_stats},
      {"why", "container why", "Say what ended a container or kept it from starting", make_why},
      {"update", "container update", "Change the limits and the restart policy of containers", make_update},
      {"port", "container port", "List the published ports of a container", make_port},
      {"pause", "container pause", "Stop all processes of containers where they are", make_pause},
      {"unpause", "container unpause", "Let paused containers go on", make_unpause},
      {"wait", "container wait", "Wait until containers stop, then print their exit codes", make_wait},
      {"logs", "container logs", "Show what a container wrote", make_logs},
      {"rename", "container rename", "Rename a container", make_rename},
      {"cp", "container cp", "Copy files between a container and the host", make_cp},
      {"diff", "container diff", "Show what a container has changed in its files", make_diff},
      {"export", "container export", "Write a container's files as a tar archive", make_export},
      {"commit", "container commit", "Make an image from a container's changes", make_commit},
      {"mount", "container mount", "Mount the files of containers where the host sees them", make_mount, 125},
      {"unmount", "umount,container unmount,container umount", "Take such mounts away", make_unmount, 125},
      {"inspect", "", "Show all about containers and images as JSON", make_inspect},
      {"events", "system events", "Show what happens to containers, images and volumes, as it happens", make_events},
      {"info", "system info", "Show the store, the kernel and what is missing", make_info},
      {"sql", "", "Ask the state by a SELECT", make_sql},
      {"version", "", "Show the version", make_version},
      {"boot", "system boot", "Start what is to run again after the host came up", make_boot},
      {"completion", "", "Print a script that completes commands in a shell", make_completion},
      {"help", "", "Show help on a command", make_help},
  };
}

CommandTable verbs_of_nouns() {
  return {
      {"config show", "", "Show what is configured, and where it was said", make_config_show},
      {"container inspect", "", "Show all about containers as JSON", make_container_inspect},
      {"container clone", "", "Make a new container as another was made", make_container_clone, 125},
      {"container exists", "", "Tell by the status whether there is such a container", make_container_exists, 125},
      {"container prune", "", "Remove all stopped containers", make_container_prune},
      {"healthcheck run", "", "Check the health of a container now", make_healthcheck_run, 125},
      {"image inspect", "", "Show all about images as JSON", make_image_inspect},
      {"image copy", "", "Copy an image from one registry to another", make_image_copy},
      {"image diff", "", "Show in which files two images differ", make_image_diff},
      {"image exists", "", "Tell by the status whether there is such an image", make_image_exists, 125},
      {"image explore", "", "Show what each layer adds, and what lies unseen", make_image_explore},
      {"image prune", "", "Remove images without a name, or all unused ones", make_image_prune},
      {"image sign", "", "Say by a signature that an image is what a repository has", make_image_sign},
      {"image tree", "", "Show the layers of an image", make_image_tree},
      {"image verify", "", "Tell by which key an image is signed", make_image_verify},
      {"image which", "", "Tell which layers of images have a path", make_image_which},
      {"manifest inspect", "", "Show what a registry has under a name", make_manifest_inspect},
      {"network connect", "", "Put a container on a network", make_network_connect},
      {"network create", "", "Make a network for containers", make_network_create},
      {"network disconnect", "", "Take a container off a network", make_network_disconnect},
      {"network inspect", "", "Show all about networks as JSON", make_network_inspect},
      {"network ls", "network list", "List networks", make_network_ls},
      {"network prune", "", "Remove networks that no container is on", make_network_prune},
      {"network reload", "", "Make bridges and rules of networks again", make_network_reload},
      {"network rm", "network remove", "Remove networks", make_network_rm},
      {"system check", "", "Prove that every byte of the store is owned and sound", make_system_check},
      {"system df", "", "Show disk usage", make_system_df},
      {"system migrate", "", "Give the store the other storage driver", make_system_migrate},
      {"system prune", "", "Remove all that is not in use", make_system_prune},
      {"system reset", "", "Remove all containers, images and volumes", make_system_reset},
      {"volume create", "", "Make a volume", make_volume_create},
      {"volume exists", "", "Tell by the status whether there is such a volume", make_volume_exists, 125},
      {"volume export", "", "Write what is in a volume as a tar archive", make_volume_export},
      {"volume import", "", "Put what is in a tar archive into a volume", make_volume_import},
      {"volume inspect", "", "Show all about volumes as JSON", make_volume_inspect},
      {"volume ls", "volume list", "List volumes", make_volume_ls},
      {"volume prune", "", "Remove anonymous volumes that no container uses", make_volume_prune},
      {"volume rm", "volume remove", "Remove volumes", make_volume_rm},
  };
}

// Executed by minidock itself, by a shell's completion and by the build.
CommandTable hidden_verbs() {
  return {
      {"__cleanup", "", "", make_cleanup},            // by a monitor, as the next three
      {"__restart", "", "", make_restart_by_policy},  // with the container's lock
      {"__compress", "", "", make_compress},          // a file of the log
      {"__health", "", "", make_health},              // a check of the container's health
      {"__complete", "", "", make_complete},          // by a shell
      {"__man", "", "", make_man},                    // by the build
  };
}

CommandTable make_table() {
  CommandTable table = verbs();
  for (const CommandTable& more : {verbs_of_nouns(), hidden_verbs(), runtime_verbs()}) {
    table.insert(table.end(), more.begin(), more.end());
  }
  return table;
}

}  // namespace

const CommandTable& command_table() {
  static const CommandTable kTable = make_table();
  return kTable;
}

}  // namespace minidock::cli
