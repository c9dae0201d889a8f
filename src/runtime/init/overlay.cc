// The container's root as an overlay of the image's layers and a directory of its own.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>

#include "base/fd.h"
#include "runtime/init/filesystem.h"
#include "runtime/init/mount_api.h"
#include "runtime/init/mount_emulation.h"
#include "runtime/init/steps.h"

namespace minidock::runtime::init {

namespace {
constexpr uint32_t kFirstLower = 2;

// The step's arguments under their names.
struct Layers {
  const RecordView& step;
  const char* upper() const { return step.text(0); }
  const char* work() const { return step.text(1); }
  bool writable() const { return *upper() != 0; }
  bool is_volatile() const { return step.number(2) != 0; }
};

// By the mount API: each lower layer its own call, so neither a page's length nor a ':' in a name is a limit.
int mount_by_context(Context& context, const Layers& layers) {
  const Fd filesystem(fsopen("overlay", FSOPEN_CLOEXEC));
  if (!filesystem) return -1;
  int result = configure(filesystem.get(), "source", "minidock");
  for (uint32_t i = kFirstLower; result == 0 && i < layers.step.text_count(); ++i) {
    result = configure(filesystem.get(), "lowerdir+", layers.step.text(i));
  }
  if (result == 0 && layers.writable()) result = configure(filesystem.get(), "upperdir", layers.upper());
  if (result == 0 && layers.writable()) result = configure(filesystem.get(), "workdir", layers.work());
  // kernel: without "volatile" the last unmount syncs the whole file system that holds upper.
  if (result == 0 && layers.is_volatile()) configure(filesystem.get(), "volatile", nullptr);
  const int mounted = result == 0 ? create_mount(filesystem.get(), layers.step.number(1)) : -1;
  if (mounted < 0) {
    const int failure = errno;
    explain_from_log(context, filesystem.get());
    errno = failure;
  }
  return mounted;
}

// mount(2)'s option text: one page. Commas, colons and backslashes in a name get a backslash before them.
struct OptionText {
  char data[4096] = {};
  size_t size = 0;
  bool fits = true;
  void put(char letter) {
    if (size + 1 < sizeof data) {
      data[size++] = letter;
    } else {
      fits = false;
    }
  }
  void words(const char* text) {
    while (*text != 0) put(*text++);
  }
  void path(const char* text) {
    for (; *text != 0; ++text) {
      if (*text == ',' || *text == ':' || *text == '\\') put('\\');
      put(*text);
    }
  }
};

// kernel: "lowerdir+" came with 6.7. Before, overlayfs reads one text; a string given by fsconfig is cut at 255
// bytes there, so it has to be mount(2).
int mount_by_text(Context& context, const Layers& layers) {
  OptionText options;
  for (uint32_t i = kFirstLower; i < layers.step.text_count(); ++i) {
    options.words(i == kFirstLower ? "lowerdir=" : ":");
    options.path(layers.step.text(i));
  }
  if (layers.writable()) {
    options.words(",upperdir=");
    options.path(layers.upper());
    options.words(",workdir=");
    options.path(layers.work());
    if (layers.is_volatile()) options.words(",volatile");
  }
  if (!options.fits) {
    context.detail << "the layers' paths together are longer than 4096 bytes, which this kernel takes at most; use a "
                      "shorter --root";
    errno = E2BIG;
    return -1;
  }
  return emulate_make(context, {"overlay", "minidock", options.data}, layers.step.number(1));
}
}  // namespace

int overlay_step(Context& context, const RecordView& step) {
  const Layers layers{step};
  int mounted = has_mount_api(context) ? mount_by_context(context, layers) : -1;
  if (mounted < 0 && (errno == EINVAL || !has_mount_api(context))) {
    context.detail.clear();
    mounted = mount_by_text(context, layers);
  }
  if (mounted < 0) return errno;
  take_slot(context, step.number(0), mounted);
  return 0;
}

}  // namespace minidock::runtime::init
