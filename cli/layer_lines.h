// What a pull, a push or a load shows of layers: on a terminal a line a layer, which changes as it goes; elsewhere
// nothing, or a line a step, or JSON in the form of docker's API ({"id", "status", "progressDetail"}).
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "cli/progress.h"

namespace minidock::cli {

struct LayerStep {
  size_t layer = 0;  // its line
  std::string id, text;
  bool moving = false;           // with how far it has come
  uint64_t done = 0, total = 0;  // bytes
};

class LayerLines {
 public:
  LayerLines(ProgressForm form, int fd) : form_(form), fd_(fd) {}

  void say(const std::string& text, const std::string& id = "");  // a line of its own
  void step(const LayerStep& step);

 private:
  struct Line {
    std::string id, text, shown;
    Nanoseconds since = 0;  // it says that
  };
  void write(const std::string& text) const;
  void draw(size_t layer);

  ProgressForm form_;
  int fd_;
  std::vector<Line> lines_;
  Nanoseconds last_ = 0;
};

}  // namespace minidock::cli
