// How a store keeps its layers and shows them. Chosen when the store is made, and the same for all of it: erofs where a
// probe says that it works (erofs/probe.h), else overlay, unless one is asked for.
//
//   overlay   layers/<diffID>/diff: the tar unpacked; overlayfs stacks the directories. Works with every kernel.
//   erofs     layers/<diffID>/tree: what is in the tar and where; nothing is unpacked. images/<chainID>.erofs shows all
//             layers of an image as one file system whose files' data lies in the tars (erofs/).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/archive/unpack.h"

namespace minidock::store {

enum class StorageDriver { overlay, erofs };

const char* name_of(StorageDriver driver);
// Throws invalid for a word that names none.
StorageDriver parse_driver(std::string_view word);

LayerForm layer_form(StorageDriver driver);
constexpr const char* kTreeFile = "tree";  // below layers/<diffID>, beside layer.json

struct DriverChoice {
  StorageDriver driver = StorageDriver::overlay;
  std::string reason;  // a line for people: who chose it, and why
};

// What the store in `root` (borrowed) was made with. Throws corrupt.
DriverChoice read_driver(int root);
// For a store in the making, once: `word` as the user gave it, "" for whatever works here. Throws unsupported where
// this kernel or ROOT's file system cannot do what was asked for, exhausted where that could not be found out.
void record_driver(int root, const std::string& root_path, const std::string& word);
// Durably, for a store whose layers have that driver's form.
void change_driver(int root, const DriverChoice& choice);
// Throws conflict if `word` is not "" and names another driver than the store's.
void require_driver(int root, const std::string& root_path, const std::string& word);

}  // namespace minidock::store
