#!/usr/bin/env python3
"""Networks: what one costs a container's start, and how much goes through it, beside podman (netavark) and docker.

  run         `run --rm` of `true` with a published port against the same with --network none: how long until the command line
              returns
  throughput  iperf3, one connection: between two containers of a network, and from another host through a published port
  ports       `run --rm` with a published port beside a container that has one, and beside one that has five hundred

Each engine has a host of its own, a network namespace with another one on a wire as the other host, so that none walks through the
rules of the others. They take turns in random order.
"""
import argparse
import glob
import json
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time

import peer_engines

kPause = 0.03
kPort = "5201"
kHost, kOutside = "10.9.0.1", "10.9.0.2"


def quiet(command, **options):
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise SystemExit(f"bench: status {done.returncode}: {' '.join(command)}: {done.stderr}")
    return done.stdout.strip()


def within(host):
    return ["nsenter", f"--net=/run/netns/{host}", "--"]


def make_host(name):
    """Two network namespaces, NAME and NAME-other, on a wire."""
    other = name + "-other"
    for host in (name, other):
        quiet(["ip", "netns", "add", host])
        quiet(["ip", "-n", host, "link", "set", "lo", "up"])
    quiet(["ip", "-n", name, "link", "add", "wire0", "type", "veth", "peer", "name", "wire1", "netns", other])
    quiet(["ip", "-n", name, "addr", "add", kHost + "/24", "dev", "wire0"])
    quiet(["ip", "-n", name, "link", "set", "wire0", "up"])
    quiet(["ip", "-n", other, "addr", "add", kOutside + "/24", "dev", "wire1"])
    quiet(["ip", "-n", other, "link", "set", "wire1", "up"])
    quiet(["ip", "-n", other, "route", "add", "default", "via", kHost])


class Engine:
    """One that speaks docker's command line, on its own host."""

    def __init__(self, name, command, image, environment):
        self.name, self.image, self.environment = name, image, environment
        self.command = [*within(name), *command]

    def call(self, *words):
        return quiet([*self.command, *words], env=self.environment, cwd="/run")

    def seconds(self, *words):
        begin = time.monotonic()
        self.call(*words)
        return time.monotonic() - begin

    def run_true(self, *options):
        return self.seconds("run", "--rm", *options, self.image, "true")

    def start(self, name, *options):
        """Its process and its address."""
        self.call("run", "-d", "--name", name, *options, self.image, "sleep", "1000000")
        pid = self.call("inspect", "-f", "{{.State.Pid}}", name)
        entry = json.loads(quiet(["nsenter", "-n", "-t", pid, "ip", "-4", "-j", "addr", "show", "eth0"]))
        return pid, entry[0]["addr_info"][0]["local"]

    def remove(self, *names):
        if names:
            self.call("rm", "-f", *names)


def gigabits(server, client, address, port, seconds):
    """server, client: words that a command line begins with. What arrived."""
    with subprocess.Popen([*server, "iperf3", "-s", "-1", "-p", kPort], stdout=subprocess.DEVNULL) as process:
        try:
            for _ in range(200):
                done = subprocess.run([*client, "iperf3", "-c", address, "-p", port, "-t", str(seconds), "-J"], check=False,
                                      capture_output=True, text=True)
                told = json.loads(done.stdout)
                if "sum_received" in told["end"]:
                    return told["end"]["sum_received"]["bits_per_second"] / 1e9
                time.sleep(0.05)  # it does not listen yet
            raise SystemExit(f"bench: iperf3: {told}")
        finally:
            process.terminate()


class Networks:
    def __init__(self, arguments):
        self.arguments, self.results = arguments, {}
        self.work = arguments.work + "/network"
        os.mkdir(self.work)
        self.run = tempfile.mkdtemp(dir="/run")  # podman refuses a long path
        self.engines, self.docker = {}, None

    def add_engines(self, peers):
        archive, environment = self.arguments.busybox, dict(os.environ)
        make_host("minidock")
        own = dict(environment, MINIDOCK_ROOT=self.work + "/root", MINIDOCK_RUN_ROOT=self.work + "/run")
        own.pop("MINIDOCK_NETWORK", None)
        self.add(Engine("minidock", [self.arguments.minidock], "busybox", own), "import", "-q", archive, "busybox")
        if not peers or not shutil.which("podman") or not peer_engines.Docker.is_here():
            return
        # The package's name for it is made when it is set up.
        os.mkdir(self.work + "/bin")
        for name in ("iptables", "ip6tables", "iptables-save", "ip6tables-save", "iptables-restore", "ip6tables-restore"):
            os.symlink("/usr/sbin/xtables-nft-multi", f"{self.work}/bin/{name}")
        environment["PATH"] = f"{self.work}/bin:{environment['PATH']}"
        make_host("podman")
        podman = peer_engines.podman_command(self.work + "/podman", self.run)
        self.add(Engine("podman", podman, "localhost/busybox", environment), "import", "-q", archive, "localhost/busybox")
        make_host("docker")
        self.docker = peer_engines.Docker(self.work + "/docker", [], within("docker"), environment)
        self.add(Engine("docker", self.docker.command, "busybox", environment), "import", archive, "busybox")

    def add(self, engine, *words):
        engine.call(*words)
        self.engines[engine.name] = engine

    def close(self):
        for engine in self.engines.values():  # what a failure half-way has left
            engine.remove(*engine.call("ps", "-aq").split())
        if "minidock" in self.engines:
            self.engines["minidock"].call("system", "reset", "-f")
        if self.docker:
            self.docker.stop()
        for at in glob.glob("/run/netns/*"):
            quiet(["ip", "netns", "del", os.path.basename(at)])
        quiet(["umount", "/run/netns"])
        for name in ("libpod_parent/conmon", "libpod_parent"):
            for at in glob.glob("/sys/fs/cgroup/**/" + name, recursive=True):
                os.rmdir(at)
        for at in (self.work, self.run):
            subprocess.run(["umount", at + "/podman/store/overlay"], check=False, stderr=subprocess.DEVNULL)
            shutil.rmtree(at)

    # --- run ------------------------------------------------------------------------------------------------------

    def runs(self):
        count = self.arguments.count
        contenders = {}
        for name, engine in self.engines.items():
            contenders[name + " none"] = lambda engine=engine: engine.run_true("--network", "none")
            contenders[name + " -p"] = lambda engine=engine: engine.run_true("-p", "8080:80")
        for measure in contenders.values():  # fills caches, makes bridges
            measure()
        samples = {name: [] for name in contenders}
        order = [name for name in contenders for _ in range(count if name.startswith("minidock") else min(count, 20))]
        for name in random.sample(order, len(order)):
            time.sleep(kPause)
            samples[name].append(contenders[name]() * 1000)
        print(f"network: run --rm of `true`, {count} runs (of the others {min(count, 20)}), random order; milliseconds")
        medians = {name: statistics.median(times) for name, times in samples.items()}
        for name, times in samples.items():
            print(f"  {name:14} median {medians[name]:7.2f}   min {min(times):7.2f}   max {max(times):7.2f}")
        for name in self.engines:
            self.ratio(f"{name} -p / {name} none", medians[name + " -p"] / medians[name + " none"])
        for name in [name for name in self.engines if name != "minidock"]:
            self.ratio(f"minidock -p / {name} -p", medians["minidock -p"] / medians[name + " -p"])

    def ratio(self, name, value):
        self.results["network: " + name] = value
        print(f"  {name} = {value:.2f}")

    # --- throughput -----------------------------------------------------------------------------------------------

    def throughput(self):
        pairs = {}
        for name, engine in self.engines.items():
            server, address = engine.start("server", "-p", f"15201:{kPort}")
            client, _ = engine.start("client")
            pairs[name] = (["nsenter", "-n", "-t", server], ["nsenter", "-n", "-t", client], address)
        samples = {}
        for _ in range(self.arguments.rounds):
            for name in random.sample(list(pairs), len(pairs)):
                server, client, address = pairs[name]
                direct = gigabits(server, client, address, kPort, self.arguments.seconds)
                published = gigabits(server, within(name + "-other"), kHost, "15201", self.arguments.seconds)
                samples.setdefault((name, "between containers"), []).append(direct)
                samples.setdefault((name, "published port"), []).append(published)
        print(f"network: iperf3, one connection, {self.arguments.rounds} rounds of {self.arguments.seconds} s; Gbit/s")
        medians = {key: statistics.median(values) for key, values in samples.items()}
        for (name, way), values in samples.items():
            print(f"  {name:9} {way:18} median {medians[name, way]:6.2f}   from {min(values):6.2f} to {max(values):6.2f}")
        for name, way in medians:
            if name != "minidock":
                self.ratio(f"{way}, minidock / {name}", medians["minidock", way] / medians[name, way])
        for engine in self.engines.values():
            engine.remove("server", "client")

    # --- ports ----------------------------------------------------------------------------------------------------

    def ports(self):
        engine = self.engines["minidock"]
        samples = {"20000:1": [], "20000-20499:1-500": []}
        for other in (*samples, *reversed(samples)):
            engine.start("other", "-p", other)
            for _ in range(self.arguments.count // 2):
                time.sleep(kPause)
                samples[other].append(engine.run_true("-p", "8080:80") * 1000)
            engine.remove("other")
        one, many = (statistics.median(times) for times in samples.values())
        print("network: run --rm with a published port beside one of others, and beside 500; milliseconds")
        print(f"  median {one:.2f} and {many:.2f}")
        self.ratio("beside 500 ports / beside one", many / one)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minidock", required=True)
    parser.add_argument("--busybox", required=True, help="a docker-export tar of an image that has `true` and `sleep`")
    parser.add_argument("--work", required=True, help="a directory on a disk")
    parser.add_argument("--count", type=int, default=100, help="runs of minidock of each kind")
    parser.add_argument("--rounds", type=int, default=5, help="of iperf3")
    parser.add_argument("--seconds", type=int, default=2, help="that a round of iperf3 takes")
    parser.add_argument("--parts", default="run,throughput,ports")
    parser.add_argument("--json", help="write the ratios to this file")
    arguments = parser.parse_args()
    networks = Networks(arguments)
    try:
        parts = arguments.parts.split(",")
        networks.add_engines(peers=parts != ["ports"])
        if "run" in parts:
            networks.runs()
        if "throughput" in parts and not shutil.which("iperf3"):
            print("bench: SKIPPED: iperf3 is not installed (scripts/packages bench)")
        elif "throughput" in parts:
            networks.throughput()
        if "ports" in parts:
            networks.ports()
    finally:
        networks.close()
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(networks.results, file, indent=2)


if __name__ == "__main__":
    main()
