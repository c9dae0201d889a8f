// Names that begin with ".wh.": marks of the layer format, never files.
// Source: image-spec layer.md "Whiteouts"; the names .wh..wh.* are aufs' own bookkeeping.
#pragma once

#include "store/archive/entry.h"

namespace minidock::store {

enum class Whiteout {
  none,     // an ordinary name
  removes,  // .wh.NAME: hides NAME of the layers below
  opaque,   // .wh..wh..opq: hides all that the layers below have in this directory
  aufs,     // .wh..wh.plnk and the like: skipped, with all below them
};

// Throws invalid for a mark that cannot be meant: ".wh." alone, ".wh.." and ".wh..." (they would remove "." or
// ".."), a mark used as a directory, a mark that is not a regular file.
Whiteout classify_whiteout(const Entry& entry);

}  // namespace minidock::store
