// Limits that name devices, page sizes or interfaces, many to a file: block I/O, huge pages, rdma, network.
// Sources: cgroup-v1/{blkio-controller,hugetlb,net_cls,net_prio,rdma}.rst; block/bfq-iosched.rst; cgroup-v2.rst.
#include <string>

#include "base/text.h"
#include "linux/cgroup_limits.h"

namespace minidock::linux {
namespace {

template <typename Device>
std::string device_numbers(const Device& device) {
  return cat(device.major, ":", device.minor);
}

// 10..1000 onto 1..10000, as runc and crun do for io.weight; io.bfq.weight has v1's range.
uint64_t io_weight(uint64_t weight) {
  return 1 + (weight - 10) * 9999 / 990;
}

// Which file there is depends on the I/O scheduler, and none may be: a weight is a preference, not a protection.
void add_weights_v1(std::vector<Limit>& out, const oci::Resources& resources) {
  if (resources.blkio_weight.value_or(0) != 0) {
    out.push_back({"blkio.bfq.weight", cat(*resources.blkio_weight), true, true});
    out.push_back({"blkio.weight", cat(*resources.blkio_weight), true, true});
  }
  if (resources.blkio_leaf_weight.value_or(0) != 0)
    out.push_back({"blkio.leaf_weight", cat(*resources.blkio_leaf_weight), true, true});
  for (const oci::WeightDevice& device : resources.blkio_weight_device) {
    const auto add = [&](const char* file, const std::optional<uint16_t>& weight) {
      if (weight.value_or(0) != 0) out.push_back({file, cat(device_numbers(device), " ", *weight), false, true});
    };
    add("blkio.bfq.weight_device", device.weight);
    add("blkio.weight_device", device.weight);
    add("blkio.leaf_weight_device", device.leaf_weight);
  }
}

std::vector<Limit> blkio_v1(const oci::Resources& resources) {
  std::vector<Limit> out;
  add_weights_v1(out, resources);
  const auto throttle = [&](const char* file, const std::vector<oci::ThrottleDevice>& devices) {
    for (const oci::ThrottleDevice& device : devices)
      out.push_back({file, cat(device_numbers(device), " ", device.rate), false});
  };
  throttle("blkio.throttle.read_bps_device", resources.blkio_read_bps);
  throttle("blkio.throttle.write_bps_device", resources.blkio_write_bps);
  throttle("blkio.throttle.read_iops_device", resources.blkio_read_iops);
  throttle("blkio.throttle.write_iops_device", resources.blkio_write_iops);
  return out;
}

std::vector<Limit> io_v2(const oci::Resources& resources) {
  std::vector<Limit> out;
  // Both files read back as "default N".
  if (resources.blkio_weight.value_or(0) != 0) {
    out.push_back({"io.bfq.weight", cat(*resources.blkio_weight), false, true});
    out.push_back({"io.weight", cat(io_weight(*resources.blkio_weight)), false, true});
  }
  for (const oci::WeightDevice& device : resources.blkio_weight_device) {
    if (device.weight.value_or(0) == 0) continue;
    out.push_back({"io.bfq.weight", cat(device_numbers(device), " ", *device.weight), false, true});
    out.push_back({"io.weight", cat(device_numbers(device), " ", io_weight(*device.weight)), false, true});
  }
  const auto throttle = [&](const char* key, const std::vector<oci::ThrottleDevice>& devices) {
    for (const oci::ThrottleDevice& device : devices) {
      // v1 lifts a limit by 0, which v2 refuses.
      const std::string rate = device.rate == 0 ? "max" : cat(device.rate);
      out.push_back({"io.max", cat(device_numbers(device), " ", key, "=", rate), false});
    }
  };
  throttle("rbps", resources.blkio_read_bps);
  throttle("wbps", resources.blkio_write_bps);
  throttle("riops", resources.blkio_read_iops);
  throttle("wiops", resources.blkio_write_iops);
  return out;
}

std::vector<Limit> hugetlb_limits(const oci::Resources& resources, int version) {
  constexpr uint64_t kUnlimited = uint64_t{1} << 62;  // kernel: from about here on it is shown as no limit
  const char* const name = version == 1 ? "limit_in_bytes" : "max";
  std::vector<Limit> out;
  for (const oci::HugepageLimit& limit : resources.hugepage_limits) {
    const uint64_t whole = limit.limit - limit.limit % hugepage_bytes(limit.page_size);
    const bool verify = whole < kUnlimited;
    out.push_back({cat("hugetlb.", limit.page_size, ".", name), cat(whole), verify});
    // What is reserved by mmap and not yet touched counts apart, since 5.7: runc limits both.
    out.push_back({cat("hugetlb.", limit.page_size, ".rsvd.", name), cat(whole), verify, true});
  }
  return out;
}

std::vector<Limit> rdma_limits(const oci::Resources& resources) {
  std::vector<Limit> out;
  for (const auto& [device, limit] : resources.rdma) {
    std::string value = device;
    if (limit.handles) value += cat(" hca_handle=", *limit.handles);
    if (limit.objects) value += cat(" hca_object=", *limit.objects);
    out.push_back({"rdma.max", value, false});
  }
  return out;
}

std::vector<Limit> net_cls_v1(const oci::Resources& resources) {
  if (resources.network_class_id.value_or(0) == 0) return {};
  return {{"net_cls.classid", cat(*resources.network_class_id)}};
}

std::vector<Limit> net_prio_v1(const oci::Resources& resources) {
  std::vector<Limit> out;
  for (const oci::NetworkPriority& one : resources.network_priorities)
    out.push_back({"net_prio.ifpriomap", cat(one.name, " ", one.priority), false});
  return out;
}

}  // namespace

std::vector<Limit> device_limits(std::string_view controller, const oci::Resources& resources, int version) {
  if (controller == "blkio") return version == 1 ? blkio_v1(resources) : io_v2(resources);
  if (controller == "hugetlb") return hugetlb_limits(resources, version);
  if (controller == "rdma") return rdma_limits(resources);
  if (controller == "net_cls") return net_cls_v1(resources);
  return controller == "net_prio" ? net_prio_v1(resources) : std::vector<Limit>{};
}

std::vector<Limit> unified_limits(const std::map<std::string, std::string>& unified) {
  std::vector<Limit> out;
  for (const auto& [file, value] : unified) {
    // These have many forms ("8:0 rbps=1024", "max", rounded bytes): the kernel's own refusal has to do.
    for (const std::string& line : split(trim(value), '\n')) out.push_back({file, line, false});
  }
  return out;
}

}  // namespace minidock::linux
