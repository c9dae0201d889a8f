#include "support/hostile_archives.h"

namespace minidock::store {

HostileArchive refused(int number, std::string what, Bytes bytes, std::string reason) {
  HostileArchive row{
      .number = number, .what = std::move(what), .bytes = std::move(bytes), .refusal = std::move(reason)};
  if (row.refusal.empty()) row.refusal = ": ";  // any reason, but one
  return row;
}

HostileArchive taken(int number, std::string what, Bytes bytes, std::vector<Sight> sights) {
  return {.number = number, .what = std::move(what), .bytes = std::move(bytes), .sights = std::move(sights)};
}

HostileArchive refused_above(int number, std::string what, const TarBuilder& lower, Bytes bytes, std::string reason) {
  HostileArchive row = refused(number, std::move(what), std::move(bytes), std::move(reason));
  row.lower = lower.finish();
  return row;
}

HostileArchive taken_above(int number, std::string what, const TarBuilder& lower, Bytes bytes,
                           std::vector<Sight> sights) {
  HostileArchive row = taken(number, std::move(what), std::move(bytes), std::move(sights));
  row.lower = lower.finish();
  return row;
}

HostileArchives all_hostile_archives(const std::string& canary) {
  HostileArchives all;
  for (HostileArchives some : {hostile_names(canary), hostile_links(canary), hostile_headers(), hostile_compression(),
                               hostile_forms(), hostile_attributes(canary), hostile_images()}) {
    all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
  }
  return all;
}

}  // namespace minidock::store
