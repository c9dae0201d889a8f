// The planner's pen: adds steps and hands out mount slots.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "runtime/plan.h"

namespace minidock::runtime {

class Builder {
 public:
  explicit Builder(Plan& plan) : plan_(plan) {}

  void monitor(Op op, std::string name, std::string why, std::vector<std::string> texts = {},
               std::vector<int64_t> numbers = {}) {
    add(Stage::monitor, op, std::move(name), std::move(why), std::move(texts), std::move(numbers));
  }
  void init(Op op, std::string name, std::string why, std::vector<std::string> texts = {},
            std::vector<int64_t> numbers = {}) {
    add(Stage::init, op, std::move(name), std::move(why), std::move(texts), std::move(numbers));
  }
  // At the stage of the step: some steps come before clone where nobody stays behind, else in init.
  void at(Stage stage, Op op, std::string name, std::string why, std::vector<std::string> texts = {},
          std::vector<int64_t> numbers = {}) {
    add(stage, op, std::move(name), std::move(why), std::move(texts), std::move(numbers));
  }
  void warn(std::string text) { plan_.warnings.push_back(std::move(text)); }

  int64_t new_slot() {
    if (next_slot_ == kMaxSlots)
      throw_error(ErrorKind::exhausted, "plan the container: more than ", kMaxSlots,
                  " mounts; use fewer -v, --mount and --tmpfs");
    return next_slot_++;
  }

 private:
  void add(Stage stage, Op op, std::string name, std::string why, std::vector<std::string> texts,
           std::vector<int64_t> numbers) {
    plan_.steps.push_back({stage, op, std::move(name), std::move(why), std::move(texts), std::move(numbers)});
  }

  Plan& plan_;
  int64_t next_slot_ = 0;
};

// The parts of plan(), in the order in which they add their steps.
void plan_cgroup_steps(Builder& builder, Plan& plan, const Bundle& bundle, const linux::HostFacts& facts,
                       linux::CgroupPlan& cgroup);
void plan_cgroup_entry(Builder& builder, const Bundle& bundle, const linux::CgroupPlan& cgroup);
void plan_clone(Builder& builder, const Bundle& bundle, const linux::CgroupPlan& cgroup);
// For a starter that is about to join `namespaces`: the cgroup directory that is left for the clone to join, or "".
std::string plan_cgroup_enter(Builder& builder, const std::string& v2_directory,
                              const std::vector<oci::Namespace>& namespaces);
// All of `namespaces` that have a path, in the order that rights and paths ask for.
void plan_joins(Builder& builder, Stage stage, const std::vector<oci::Namespace>& namespaces);
void plan_namespaces(Builder& builder, const Bundle& bundle, const linux::CgroupPlan& cgroup);
// On the host after the clone, and inside once /proc is there.
void plan_host_network(Builder& builder, const Bundle& bundle);
void plan_own_network(Builder& builder, const Bundle& bundle);
// Init runs the hooks of `point` one after the other.
void plan_hooks(Builder& builder, const oci::Spec& spec, const char* point);
void plan_process(Builder& builder, const Bundle& bundle, const linux::HostFacts& facts);

}  // namespace minidock::runtime
