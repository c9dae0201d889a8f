#include "cli/view/tree_size.h"

#include <fts.h>
#include <sys/stat.h>

#include <memory>
#include <set>

namespace minidock::cli {

uint64_t tree_size(const std::string& directory) {
  std::string path = directory;
  char* roots[] = {path.data(), nullptr};
  // FTS_NOCHDIR: the current directory is this process's own and stays.
  const std::unique_ptr<FTS, int (*)(FTS*)> walk(fts_open(roots, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, nullptr),
                                                 fts_close);
  std::set<ino_t> linked;
  uint64_t bytes = 0;
  while (walk) {
    const FTSENT* entry = fts_read(walk.get());
    if (!entry) break;
    if (entry->fts_info != FTS_F) continue;
    const bool counted = entry->fts_statp->st_nlink > 1 && !linked.insert(entry->fts_statp->st_ino).second;
    if (!counted) bytes += static_cast<uint64_t>(entry->fts_statp->st_size);
  }
  return bytes;
}

}  // namespace minidock::cli
