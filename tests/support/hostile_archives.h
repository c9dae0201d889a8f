// Archives that somebody made to harm, or that went wrong on their way, each with what must become of it: 93 cases,
// some in several forms. What each is about says its row. Refused is with one line that names the entry and the reason,
// the store being as it was; taken is with what is to be seen of the layer, and nothing else.
//
//   1..30    names and links that lead out of the layer, in circles, too deep, or over one another
//   31..49   sizes, counts, extended headers and sparse maps that lie
//   50..60   compression: bombs, several levels, damage, what follows the end
//   61..72   what is no tar, where a tar ends, dialects and types
//   73..80   modes, extended attributes, owners, times
//   81..90   whiteouts, and links where a container's own mounts go
//   91..92   archives of images
//   93       one tar from many sides at once, and killed half way: no archive of its own
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "support/tar_builder.h"

namespace minidock::store {

// A name of the layer and what is to be seen there, as look() says it: "text hello", "link /etc", "directory",
// "nothing", "mode 4755", "owner 7:8", "time 5.250000000", "links 2", "size 4096", "block 8:0", "char 1:1", "fifo",
// "xattr user.a=b", "no xattr user.a". The name "" is the whole: "names a b b/c", or "warns TEXT".
using Sight = std::pair<std::string, std::string>;

// Made when it is its turn: some are large.
class Bytes {
 public:
  Bytes(std::string bytes) : make_([bytes = std::move(bytes)] { return bytes; }) {}
  Bytes(const TarBuilder& tar) : Bytes(tar.finish()) {}
  Bytes(std::function<std::string()> make) : make_(std::move(make)) {}
  std::string operator()() const { return make_(); }

 private:
  std::function<std::string()> make_;
};

struct HostileArchive {
  int number = 0;
  std::string what;
  Bytes bytes;
  std::string refusal = {};  // a part of the message; "": it is taken
  std::vector<Sight> sights = {};
  std::string lower = {};  // the tar of a layer that it lies on
  bool of_images = false;  // for load; the sights are of its first image
  bool only_long = false;  // a million entries
};

HostileArchive refused(int number, std::string what, Bytes bytes, std::string reason);
HostileArchive taken(int number, std::string what, Bytes bytes, std::vector<Sight> sights);
// Upon a layer.
HostileArchive refused_above(int number, std::string what, const TarBuilder& lower, Bytes bytes, std::string reason);
HostileArchive taken_above(int number, std::string what, const TarBuilder& lower, Bytes bytes,
                           std::vector<Sight> sights);

using HostileArchives = std::vector<HostileArchive>;
// `canary` is the path of a directory outside, which the archives aim at.
HostileArchives hostile_names(const std::string& canary);
HostileArchives hostile_links(const std::string& canary);
HostileArchives hostile_headers();
HostileArchives hostile_compression();
HostileArchives hostile_forms();
HostileArchives hostile_attributes(const std::string& canary);
HostileArchives hostile_images();
HostileArchives all_hostile_archives(const std::string& canary);

std::string repeated(const std::string& part, size_t count);
std::string with_path(const std::string& path);  // a tar of one file, whose name is in a pax header

}  // namespace minidock::store
