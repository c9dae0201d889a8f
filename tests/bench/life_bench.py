"""What people do all day with containers that are there: exec, ps, and what an idle one costs.

  exec   `minidock exec` of `true` in a running container against `runc exec`, 30 ms apart, in random order
  ps     `ps`, `ps -a` and `ps -aq` with many containers in the store, a few of them running
  idle   memory of all processes that stay for a container beside its own, as proportional set size, on each network mode
"""
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import time

kPause = 0.03
kSleep = "1000000"


def seconds(command, environment=None):
    begin = time.monotonic()
    process = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False, env=environment)
    taken = time.monotonic() - begin
    if process.returncode != 0:
        raise SystemExit(f"bench: status {process.returncode}: {' '.join(command)}")
    return taken


class Life:
    """minidock: the program's path; environment: of a store of its own, which has the image busybox."""

    def __init__(self, minidock, environment, work, count):
        self.minidock, self.environment, self.work, self.count = minidock, environment, work, count
        self.results = {}

    def call(self, *words):
        done = subprocess.run([self.minidock, *words], env=self.environment, check=True, stdout=subprocess.PIPE)
        return done.stdout.decode().split()

    def remove_all(self):
        identifiers = self.call("ps", "-aq")
        if identifiers:
            self.call("rm", "-f", *identifiers)

    # --- exec -----------------------------------------------------------------------------------------------------

    def exec_(self, bundle):
        """bundle: one that `runc run -d` takes, whose command is `true`; None without runc."""
        self.call("run", "-d", "--name", "box", "--network", "none", "busybox", "sleep", kSleep)
        contenders = {"minidock exec": [self.minidock, "exec", "box", "true"]}
        runc = ["runc", "--root", self.work + "/runc-exec"]
        if bundle:
            with open(bundle + "/config.json", encoding="utf-8") as file:
                spec = json.load(file)
            spec["process"]["args"] = ["sleep", kSleep]
            with open(bundle + "/config.json", "w", encoding="utf-8") as file:
                json.dump(spec, file)
            # Its container would hold the pipe of our output, if we had one.
            subprocess.run(runc + ["run", "-d", "--bundle", bundle, "minidock-bench-exec"], check=True,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            contenders["runc exec"] = runc + ["exec", "minidock-bench-exec", "true"]
        samples = {name: [] for name in contenders}
        order = [name for name in contenders for _ in range(self.count)]
        random.shuffle(order)
        for name in order:
            time.sleep(kPause)
            samples[name].append(1000 * seconds(contenders[name], self.environment))
        if bundle:
            subprocess.run(runc + ["delete", "--force", "minidock-bench-exec"], check=True)
        self.remove_all()
        print(f"exec: `true` in a running container, {self.count} each, 30 ms apart, random order; milliseconds")
        for name, times in samples.items():
            print(f"  {name:14} median {statistics.median(times):6.2f}   min {min(times):6.2f}")
        if bundle:
            self.results["exec / runc exec"] = (statistics.median(samples["minidock exec"]) /
                                                statistics.median(samples["runc exec"]))
            print(f"  minidock exec / runc exec = {self.results['exec / runc exec']:.2f}")

    # --- ps -------------------------------------------------------------------------------------------------------

    def ps(self, containers, running):
        for _ in range(containers - running):
            self.call("create", "--network", "none", "busybox", "true")
        for _ in range(running):
            self.call("run", "-d", "--network", "none", "busybox", "sleep", kSleep)
        print(f"ps: {containers} containers, {running} of them running; milliseconds")
        for words in (["version"], ["ps"], ["ps", "-q"], ["ps", "-aq"], ["ps", "-a"]):
            times = []
            for _ in range(self.count):
                times.append(1000 * seconds([self.minidock, *words], self.environment))
            self.results[" ".join(words) + " ms"] = statistics.median(times)
            print(f"  minidock {' '.join(words):8} median {statistics.median(times):6.2f}   min {min(times):6.2f}")
        self.remove_all()

    # --- idle -----------------------------------------------------------------------------------------------------

    def idle(self, containers, settle, network):
        before = set(self.own_processes())
        for _ in range(containers):
            self.call("run", "-d", "--network", network, "busybox", "sleep", kSleep)
        time.sleep(settle)
        processes = [pid for pid in self.own_processes() if pid not in before]
        total = sum(self.proportional_size(pid) for pid in processes)
        self.results[f"idle {network} KiB"] = total / containers
        print(f"idle, network {network}: {containers} containers after {settle} s: {len(processes) / containers:.1f} processes and "
              f"{total / containers:.0f} KiB (PSS) each, beside the containers' own")
        self.remove_all()

    @staticmethod
    def own_processes():
        for name in os.listdir("/proc"):
            if not name.isdigit():
                continue
            try:
                with open(f"/proc/{name}/comm", encoding="utf-8") as file:
                    if file.read().startswith("minidock"):
                        yield int(name)
            except OSError:
                pass  # it has ended

    @staticmethod
    def proportional_size(pid):
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("Pss:"))


def measure(minidock, environment, work, count, make_bundle, settle):
    """Prints the figures; returns them by name. make_bundle() is called where there is a runc."""
    life = Life(minidock, environment, work, count)
    bundle = None
    if shutil.which("runc"):
        bundle = make_bundle()
    else:
        print("bench: SKIPPED: runc is not installed (scripts/packages bench)", file=sys.stderr)
    life.exec_(bundle)
    life.ps(1000, 20)
    for network in ("none", "host"):
        life.idle(100, settle, network)
    return life.results
