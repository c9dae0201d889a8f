// checkpoint and restore by the host's CRIU program (criu(8)): what it is asked, and what it answers.
#pragma once

#include <string>
#include <vector>

#include "oci/spec.h"
#include "runtime/lifecycle/container.h"

namespace minidock::runtime {

struct CriuOptions {
  std::string program = "criu";
  std::string images = "checkpoint";          // directory of the image files; made by checkpoint
  std::string work;                           // of CRIU's logs; "": the images'
  std::string parent;                         // images of an earlier pre-dump, relative to `images`; "" for none
  std::string page_server;                    // ADDRESS:PORT
  std::string cgroups_mode;                   // "": CRIU's soft
  std::vector<std::string> empty_namespaces;  // "network"
  bool leave_running = false, pre_dump = false;
  bool tcp_established = false, external_unix_sockets = false, shell_job = false, file_locks = false;
  bool auto_dedup = false, lazy_pages = false;
};

// Throws unsupported unless the program is there and says that this kernel can do it: with its own reason.
void require_criu(const std::string& program);

// Saves the processes; then the container is deleted, unless it is left running. Throws with the place of CRIU's log.
void checkpoint(Container& container, const CriuOptions& options);

// From saved processes to a running container. They become children of this process's reaper.
Container restore(const std::string& root, const std::string& id, const CreateOptions& creation,
                  const CriuOptions& options);

// Pure: the words after the program's name.
std::vector<std::string> dump_words(const Record& record, const oci::Spec& spec, const CriuOptions& options);
// `streams`: what descriptors 0, 1, 2 were when it was saved; pipes are taken from this process's own.
std::vector<std::string> restore_words(const oci::Spec& spec, const CriuOptions& options,
                                       const std::vector<std::string>& streams, const std::string& pid_file);

}  // namespace minidock::runtime
