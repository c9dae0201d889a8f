// What there is to remember of a container before it has a process.
#pragma once

#include "runtime/lifecycle/bundle_source.h"
#include "runtime/lifecycle/record.h"

namespace minidock::runtime {

// One of this kind that is not joined by a path.
bool makes_new_namespace(const oci::Spec& spec, std::string_view type);

// Created now, by this process's user; its cgroup by the bundle's path, none where the host has no cgroups.
Record new_record(const BundleSource& source, const std::string& id, const linux::CgroupLayout& layout);

}  // namespace minidock::runtime
