#include "engine/networks.h"
#include "cli/commands/commands.h"
#include "cli/confirm.h"
#include "cli/each.h"
#include "cli/format/list.h"
#include "cli/options/environment.h"
#include "cli/output.h"
#include "cli/view/filter.h"
#include "cli/view/human.h"

namespace minidock::cli {
namespace {

using engine::NetworkView;

// "key=value". Throws invalid.
std::pair<std::string, std::string> pair_of(const std::string& text, const char* what) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw_error(ErrorKind::invalid, "invalid ", what, " ", printable(text), ": write NAME=VALUE");
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

class CreateNetwork : public Command {
 public:
  void declare(Options& options) override {
    options.text("-d,--driver", settings_.driver);
    options.list("--subnet", settings_.subnets);
    options.list("--gateway", settings_.gateways);
    options.list("--ip-range", settings_.ranges);
    options.each("--aux-address",
                 [this](const std::string& text) { settings_.reserved.insert(pair_of(text, "auxiliary address")); });
    options.flag("--internal", settings_.internal);
    options.flag("--ipv4", ipv4_);
    options.flag("--ipv6", ipv6_);
    options.each("-o,--opt", [this](const std::string& text) { settings_.options.insert(pair_of(text, "option")); });
    options.each("--label", [this](const std::string& text) { add_label(settings_.labels, text); });
    options.flag("--attachable", ignored_);  // what swarms need
    options.each("--ipam-driver", [](const std::string& text) {
      if (text != "default") throw_error(ErrorKind::unsupported, "there is no IPAM driver ", printable(text));
    });
    for (const char* name : {"--ingress", "--config-only"}) options.refuse(name, false, "there is no swarm");
    for (const char* name : {"--scope", "--config-from", "--ipam-opt"}) options.refuse(name, true, "there is no swarm");
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    settings_.name = operands[0];
    if (options.given("--ipv4")) settings_.ipv4 = ipv4_;
    if (options.given("--ipv6")) settings_.ipv6 = ipv6_;
    for (const config::AddressPool& pool : context.settings().default_address_pools) {
      settings_.pools.push_back({pool.base, pool.size});
    }
    print_line(engine::create_network(context.engine().store(), settings_));
    return 0;
  }

 private:
  engine::NetworkSettings settings_;
  bool ipv4_ = true, ipv6_ = false, ignored_ = false;
};

bool has_v6(const NetworkView& view) {
  return view.network.has_v6();
}

class ListNetworks : public Command {
 public:
  void declare(Options& options) override {
    options.flag("-q,--quiet", quiet_);
    options.flag("--no-trunc", whole_);
    options.each_of_engine("-f,--filter", [this](const std::string& text) {
      filters_.add(text, {"driver", "id", "label", "name", "scope", "type", "dangling"});
    });
    options.text("--format", format_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 0, 0);
    std::vector<format::ListLine> lines;
    for (const NetworkView& view : engine::list_networks(context.engine().store())) {
      if (!passes(context.engine(), view)) continue;
      const std::string id = whole_ ? view.network.id : short_id(view.network.id);
      if (quiet_ && format_.empty()) print_line(id);
      lines.push_back(line_of(view, id));
    }
    if (!quiet_ || !format_.empty()) print(format::list_text(format_, kind(), lines));
    return 0;
  }

 private:
  static const format::ListKind& kind() {
    static const format::ListKind kind = {"{{.ID}}\\t{{.Name}}\\t{{.Driver}}\\t{{.Scope}}",
                                          {{"ID", "NETWORK ID"},
                                           {"Name", "NAME"},
                                           {"Driver", "DRIVER"},
                                           {"Scope", "SCOPE"},
                                           {"IPv4", "IPV4"},
                                           {"IPv6", "IPV6"},
                                           {"Internal", "INTERNAL"},
                                           {"Labels", "LABELS"},
                                           {"CreatedAt", "CREATED AT"}}};
    return kind;
  }

  static format::ListLine line_of(const NetworkView& view, const std::string& id) {
    const auto word = [](bool value) { return value ? "true" : "false"; };
    return {Json{{"CreatedAt", local_time(view.created)},
                 {"Driver", view.driver},
                 {"ID", id},
                 {"IPv4", "true"},
                 {"IPv6", word(has_v6(view))},
                 {"Internal", word(view.network.internal)},
                 {"Labels", labels_text(view.network.labels)},
                 {"Name", view.network.name},
                 {"Scope", "local"}},
            Json(view.network.labels)};
  }

  bool passes(engine::Engine& engine, const NetworkView& view) const {
    const auto is = [](const std::string& word) { return [word](const std::string& value) { return value == word; }; };
    const auto dangles = [&](const std::string& value) {
      const bool unused = !view.is_predefined() && !engine::is_network_used(engine.store(), view);
      return (value == "true" || value == "1") == unused;
    };
    return filters_.any("driver", is(view.driver)) && filters_.any("scope", is("local")) &&
           filters_.any("type", is(view.is_predefined() ? "builtin" : "custom")) &&
           filters_.any("id", [&](const std::string& value) { return view.network.id.starts_with(value); }) &&
           filters_.any("name", [&](const std::string& value) { return name_matches(view.network.name, value); }) &&
           filters_.any("dangling", dangles) && filters_.labels_match(view.network.labels);
  }

  bool quiet_ = false, whole_ = false;
  Filters filters_;
  std::string format_;
};

class RemoveNetwork : public Command {
 public:
  void declare(Options& options) override { options.flag("-f,--force", force_); }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 0);
    return for_each_named(operands, [&](const std::string& name) {
      try {
        engine::remove_network(context.engine().store(), name);
      } catch (const Error& error) {
        if (!force_ || error.kind() != ErrorKind::not_found) throw;
      }
    });
  }

 private:
  bool force_ = false;
};

class PruneNetworks : public Command {
 public:
  void declare(Options& options) override {
    options.flag("-f,--force", force_);
    options.each_of_engine("--filter", [this](const std::string& text) {
      filters_.add(text, {"until", "label", "label!"});
    });
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 0, 0);
    constexpr const char* kWarning =
        "WARNING! This will remove all custom networks not used by at least one container.\n";
    if (!force_ && !confirm(kWarning)) return 0;
    std::optional<Nanoseconds> until;
    for (const std::string& value : filters_.values("until")) until = parse_moment(value, now());
    const auto names = engine::prune_networks(context.engine().store(), [&](const NetworkView& view) {
      if (until && view.created >= *until) return false;
      const bool excluded = filters_.has("label!") && filters_.labels_match(view.network.labels, "label!");
      return filters_.labels_match(view.network.labels) && !excluded;
    });
    if (!names.empty()) print_line("Deleted Networks:");
    for (const std::string& name : names) print_line(name);
    if (!names.empty()) print("\n");
    return 0;
  }

 private:
  bool force_ = false;
  Filters filters_;
};

// Not docker's: the bridges and rules of all networks, where a firewall or an administrator has taken them away.
class ReloadNetworks : public Command {
 public:
  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 0, 0);
    engine::reload_networks(context.engine().store());
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_network_create() {
  return std::make_unique<CreateNetwork>();
}
std::unique_ptr<Command> make_network_ls() {
  return std::make_unique<ListNetworks>();
}
std::unique_ptr<Command> make_network_rm() {
  return std::make_unique<RemoveNetwork>();
}
std::unique_ptr<Command> make_network_prune() {
  return std::make_unique<PruneNetworks>();
}
std::unique_ptr<Command> make_network_reload() {
  return std::make_unique<ReloadNetworks>();
}

}  // namespace minidock::cli
