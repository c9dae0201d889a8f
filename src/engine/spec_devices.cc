// --device and the devices of --privileged: nodes of the host made again in the container's own /dev.
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "engine/spec_builder.h"

namespace minidock::engine {

namespace {

// Mode and owner go along, so that a group that may use the device on the host may do so inside.
oci::Device to_device(const struct stat& info, std::string path) {
  oci::Device out{S_ISBLK(info.st_mode) ? "b" : "c", std::move(path)};
  out.major = major(info.st_rdev);
  out.minor = minor(info.st_rdev);
  out.mode = info.st_mode & 0777;
  out.uid = info.st_uid;
  out.gid = info.st_gid;
  return out;
}

bool is_device(const struct stat& info) {
  return S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode);
}

// "HOST[:CONTAINER[:rwm]]"
void add_device(const std::string& option, oci::Linux& linux_) {
  const std::vector<std::string> parts = split(option, ':');
  const std::string& host = parts[0];
  std::string target = host, access = "rwm";
  // "HOST:rwm" and "HOST:CONTAINER" are told apart by the letters: a path begins with "/".
  if (parts.size() == 2 && parts[1].find_first_not_of("rwm") == std::string::npos) {
    access = parts[1];
  } else if (parts.size() >= 2) {
    target = parts[1];
  }
  if (parts.size() == 3) access = parts[2];
  const bool good = parts.size() <= 3 && !access.empty() && access.find_first_not_of("rwm") == std::string::npos;
  if (!good) throw_error(ErrorKind::invalid, "invalid device specification: ", printable(option));
  struct stat info;
  if (::stat(host.c_str(), &info) != 0) {
    throw_errno("error gathering device information while adding custom device \"", printable(host), "\"");
  }
  if (!is_device(info)) {
    throw_error(ErrorKind::invalid, "error gathering device information while adding custom device \"", printable(host),
                "\": not a device node");
  }
  const oci::Device device = to_device(info, target);
  linux_.resources.devices.push_back({true, device.type, device.major, device.minor, access});
  linux_.devices.push_back(device);
}

// Made by every container anyway, or mounts of their own there.
bool is_own(const std::string& name) {
  constexpr std::string_view kOwn[] = {"null", "zero",   "full", "random", "urandom", "tty",    "console", "ptmx",
                                       "pts",  "mqueue", "shm",  "fd",     "stdin",   "stdout", "stderr",  "core"};
  return std::find(std::begin(kOwn), std::end(kOwn), name) != std::end(kOwn);
}

// Nodes in /dev and one level below it, where the kernel puts them (net/tun, snd/…, dri/…).
void add_host_devices(const std::string& directory, bool deeper, std::vector<oci::Device>& out) {
  for (const std::string& name : list_dir(AT_FDCWD, directory)) {
    const std::string path = cat(directory, "/", name);
    struct stat info;
    if (is_own(name) || ::lstat(path.c_str(), &info) != 0) continue;  // race: a device may go while we look
    if (is_device(info)) out.push_back(to_device(info, path));
    if (deeper && S_ISDIR(info.st_mode)) add_host_devices(path, false, out);
  }
}

// "c 10:* rw", as the command line has checked it.
oci::DeviceRule to_rule(const std::string& text) {
  const auto words = split(text, ' ');
  const auto numbers = split(words.at(1), ':');
  return {true, words[0], parse_int(numbers.at(0)), parse_int(numbers.at(1)), words.at(2)};
}

struct BlockDevice {
  int64_t major = 0, minor = 0;
  uint64_t value = 0;
};

// "PATH:NUMBER"
BlockDevice find_block_device(const std::string& text) {
  const size_t colon = text.rfind(':');
  const std::string path = text.substr(0, colon);
  struct stat info;
  if (::stat(path.c_str(), &info) != 0) throw_errno("limit the I/O of device ", printable(path));
  if (!S_ISBLK(info.st_mode)) {
    throw_error(ErrorKind::invalid, "limit the I/O of device ", printable(path), ": it is no block device");
  }
  const auto value = parse_int(text.substr(colon + 1)).value_or(0);
  return {major(info.st_rdev), minor(info.st_rdev), static_cast<uint64_t>(value)};
}

void add_rates(const std::vector<std::string>& options, std::vector<oci::ThrottleDevice>& out) {
  for (const std::string& option : options) {
    const BlockDevice device = find_block_device(option);
    out.push_back({device.major, device.minor, device.value});
  }
}

}  // namespace

void add_block_limits(const ContainerConfig& config, oci::Resources& resources) {
  for (const std::string& option : config.block_weights) {
    const BlockDevice device = find_block_device(option);
    resources.blkio_weight_device.push_back(
        {device.major, device.minor, static_cast<uint16_t>(device.value), std::nullopt});
  }
  add_rates(config.block_read_bytes, resources.blkio_read_bps);
  add_rates(config.block_write_bytes, resources.blkio_write_bps);
  add_rates(config.block_read_operations, resources.blkio_read_iops);
  add_rates(config.block_write_operations, resources.blkio_write_iops);
}

void add_devices(const ContainerConfig& config, oci::Linux& linux_) {
  if (config.privileged) add_host_devices("/dev", true, linux_.devices);
  for (const std::string& option : config.devices) {
    add_device(option, linux_);
    const std::string& path = linux_.devices.back().path;
    const auto same = [&](const oci::Device& device) { return device.path == path; };
    const auto first = std::find_if(linux_.devices.begin(), linux_.devices.end(), same);
    if (first != std::prev(linux_.devices.end())) linux_.devices.erase(first);  // the user's word over the host's node
  }
  for (const std::string& rule : config.device_rules) linux_.resources.devices.push_back(to_rule(rule));
}

}  // namespace minidock::engine
