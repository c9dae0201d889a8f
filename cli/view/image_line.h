// An image as lines of images: one a name, docker's fields, columns and filters.
#pragma once

#include <string>
#include <vector>

#include "cli/format/list.h"
#include "cli/view/filter.h"
#include "engine/engine.h"

namespace minidock::cli {

const format::ListKind& image_list_kind(bool digests);
const std::vector<std::string_view>& image_filter_names();

struct ImageView {
  store::ImageRow row;
  oci::ImageConfig config;
  Nanoseconds created = 0;  // 0: the config does not say
};

// Newest first; of what `reference` does not name none (see image_lines). Throws corrupt for a config that does not
// parse.
std::vector<ImageView> load_images(engine::Engine& engine, const std::string& reference = "");

// Lines of the images that pass; `reference` ("" for all) is the operand: REPOSITORY[:TAG], with * and ?.
std::vector<format::ListLine> image_lines(const std::vector<ImageView>& images, const Filters& filters,
                                          const std::string& reference, Nanoseconds now, bool truncate,
                                          engine::Engine& engine);

}  // namespace minidock::cli
