// One maker a verb; each is defined in the file of its name.
#pragma once

#include <memory>

#include "cli/command.h"
#include "cli/context.h"

namespace minidock::cli {

std::unique_ptr<Command> make_attach();
std::unique_ptr<Command> make_boot();
std::unique_ptr<Command> make_cleanup();
std::unique_ptr<Command> make_commit();
std::unique_ptr<Command> make_complete();
std::unique_ptr<Command> make_completion();
std::unique_ptr<Command> make_compress();
std::unique_ptr<Command> make_container_clone();
std::unique_ptr<Command> make_container_exists();
std::unique_ptr<Command> make_container_inspect();
std::unique_ptr<Command> make_container_prune();
std::unique_ptr<Command> make_cp();
std::unique_ptr<Command> make_create();
std::unique_ptr<Command> make_diff();
std::unique_ptr<Command> make_events();
std::unique_ptr<Command> make_exec();
std::unique_ptr<Command> make_export();
std::unique_ptr<Command> make_health();
std::unique_ptr<Command> make_healthcheck_run();
std::unique_ptr<Command> make_help();
std::unique_ptr<Command> make_history();
std::unique_ptr<Command> make_image_copy();
std::unique_ptr<Command> make_image_diff();
std::unique_ptr<Command> make_image_exists();
std::unique_ptr<Command> make_image_explore();
std::unique_ptr<Command> make_image_inspect();
std::unique_ptr<Command> make_image_prune();
std::unique_ptr<Command> make_image_tree();
std::unique_ptr<Command> make_image_which();
std::unique_ptr<Command> make_images();
std::unique_ptr<Command> make_import();
std::unique_ptr<Command> make_info();
std::unique_ptr<Command> make_inspect();
std::unique_ptr<Command> make_kill();
std::unique_ptr<Command> make_load();
std::unique_ptr<Command> make_manifest_inspect();
std::unique_ptr<Command> make_login();
std::unique_ptr<Command> make_logout();
std::unique_ptr<Command> make_logs();
std::unique_ptr<Command> make_man();
std::unique_ptr<Command> make_mount();
std::unique_ptr<Command> make_pause();
std::unique_ptr<Command> make_port();
std::unique_ptr<Command> make_ps();
std::unique_ptr<Command> make_pull();
std::unique_ptr<Command> make_push();
std::unique_ptr<Command> make_rename();
std::unique_ptr<Command> make_restart();
std::unique_ptr<Command> make_restart_by_policy();
std::unique_ptr<Command> make_rm();
std::unique_ptr<Command> make_rmi();
std::unique_ptr<Command> make_run();
std::unique_ptr<Command> make_save();
std::unique_ptr<Command> make_sql();
std::unique_ptr<Command> make_start();
std::unique_ptr<Command> make_stats();
std::unique_ptr<Command> make_stop();
std::unique_ptr<Command> make_system_check();
std::unique_ptr<Command> make_system_df();
std::unique_ptr<Command> make_system_prune();
std::unique_ptr<Command> make_system_reset();
std::unique_ptr<Command> make_tag();
std::unique_ptr<Command> make_top();
std::unique_ptr<Command> make_unmount();
std::unique_ptr<Command> make_unpause();
std::unique_ptr<Command> make_update();
std::unique_ptr<Command> make_version();
std::unique_ptr<Command> make_volume_create();
std::unique_ptr<Command> make_volume_exists();
std::unique_ptr<Command> make_volume_inspect();
std::unique_ptr<Command> make_volume_ls();
std::unique_ptr<Command> make_volume_prune();
std::unique_ptr<Command> make_volume_rm();
std::unique_ptr<Command> make_wait();
std::unique_ptr<Command> make_why();

}  // namespace minidock::cli
