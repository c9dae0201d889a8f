#!/usr/bin/env python3
"""Images: how fast they come in, what that takes of memory and disk, and what a store of many costs.

  import    a durable import against the least that hashes, copies and syncs the same bytes (openssl dgst -sha256, cp,
            sync), and beside `podman import` and `docker import` where tests/support/peers could bring them in
  load      ten gzip layers, as a docker-archive, against `gzip -dc` and `igzip -dc` of them alone and `podman load`
  memory    what the processes of an import have together at their peak, and the largest of them: plain, gzip, zstd, xz,
            and a tar of many entries
  disk      what the store takes, against the bytes of the layers' tars
  many      run, images NAME, tag and rmi in a store of N images, against one of ten

Contenders take turns in random order. A line has the median, the mean of the fastest tenth, and the CPU time of all
the processes: on a busy machine that says most.
"""
import argparse
import glob
import hashlib
import io
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import tarfile
import tempfile
import threading
import time

import peer_engines

kLayers = 10


def used(command, **options):
    """(seconds, CPU seconds) of a command and what it has waited for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.monotonic()
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, **options)
    seconds = time.monotonic() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise SystemExit(f"bench: status {done.returncode}: {' '.join(command)}: {done.stderr}")
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def take_turns(contenders, rounds):
    samples = {name: [] for name in contenders}
    for _ in range(rounds):
        for name in random.sample(list(contenders), len(contenders)):
            samples[name].append(contenders[name]())
    return samples


def fastest_tenth(values):
    values = sorted(values)
    return statistics.mean(values[:max(1, len(values) // 10)])


class Images:
    def __init__(self, arguments, results):
        self.minidock, self.archive = arguments.minidock, arguments.archive
        self.rounds, self.driver, self.results = arguments.rounds, arguments.driver, results
        self.work = arguments.work + "/images"
        os.mkdir(self.work)
        self.run = tempfile.mkdtemp(dir="/run")  # podman refuses a long path
        self.stores = 0
        self.podman, self.docker = shutil.which("podman"), None

    # --- contenders ---------------------------------------------------------------------------------------------------

    def new_store(self):
        self.stores += 1
        at = f"{self.work}/store{self.stores}"
        return dict(os.environ, MINIDOCK_ROOT=at + "/root", MINIDOCK_RUN_ROOT=at + "/run",
                    MINIDOCK_STORAGE_DRIVER=self.driver)

    def drop_store(self, environment):
        subprocess.run([self.minidock, "system", "reset", "-f"], env=environment, check=False, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        shutil.rmtree(os.path.dirname(environment["MINIDOCK_ROOT"]), ignore_errors=True)

    def into_new_store(self, *words):
        """An import or a load into a store that is there and empty."""
        environment = self.new_store()
        subprocess.run([self.minidock, "info"], env=environment, check=True, stdout=subprocess.DEVNULL)
        os.sync()
        sample = used([self.minidock, *words], env=environment)
        self.drop_store(environment)
        return sample

    def by_podman(self, *words):
        at = self.work + "/podman"
        os.makedirs(at, exist_ok=True)
        command = peer_engines.podman_command(at, self.run)
        os.sync()
        sample = used([*command, *words], cwd=at)
        # What it has in memory it would write later; what we measure is there when it returns.
        subprocess.run([*command, "rmi", "-a", "-f"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return sample

    def by_docker(self, *words):
        os.sync()
        seconds, _ = used([*self.docker, *words])
        images = subprocess.run([*self.docker, "images", "-q"], check=True, capture_output=True, text=True).stdout
        subprocess.run([*self.docker, "rmi", "-f", *images.split()], check=True, stdout=subprocess.DEVNULL)
        return seconds, 0.0  # the work is its daemon's

    def start_docker(self):
        """None where there is no dockerd here."""
        if not peer_engines.Docker.is_here():
            return None
        daemon = peer_engines.Docker(self.work + "/docker", ["--iptables=false", "--ip6tables=false", "--bridge", "none"])
        self.docker = daemon.command
        return daemon

    def report(self, title, samples, ours, others):
        print(f"{title}; seconds")
        medians = {}
        for name, pairs in samples.items():
            walls = [wall for wall, _ in pairs]
            cpu = statistics.median(cpu for _, cpu in pairs)
            medians[name] = (statistics.median(walls), fastest_tenth(walls), cpu)
            print(f"  {name:22} median {medians[name][0]:6.3f}   fastest tenth {medians[name][1]:6.3f}   "
                  f"slowest {max(walls):6.3f}" + (f"   CPU {cpu:6.3f}" if cpu else ""))
        for other in others:
            if other in medians:
                ratios = [one / two if two else 0 for one, two in zip(medians[ours], medians[other])]
                self.results[f"{ours} / {other}"] = ratios[0]
                print(f"  {ours} / {other} = {ratios[0]:.2f}   fastest tenth {ratios[1]:.2f}" +
                      (f"   CPU {ratios[2]:.2f}" if ratios[2] else ""))

    # --- import and load --------------------------------------------------------------------------------------------------

    def imports(self):
        copy = self.work + "/copy.tar"

        def least():
            if os.path.exists(copy):
                os.unlink(copy)
            os.sync()
            return used(["sh", "-c", 'openssl dgst -sha256 "$1" && cp "$1" "$2" && sync "$2"', "-", self.archive, copy])

        contenders = {"minidock import": lambda: self.into_new_store("import", "-q", self.archive, "bench"),
                      "sha256+cp+fsync": least}
        if self.podman:
            contenders["podman import"] = lambda: self.by_podman("import", "-q", self.archive, "localhost/bench")
        if self.docker:
            contenders["docker import"] = lambda: self.by_docker("import", self.archive, "bench")
        least()  # the archive is in the page cache for all
        size = os.path.getsize(self.archive)
        samples = take_turns(contenders, self.rounds)
        self.report(f"import: {size / 1e6:.0f} MB, durable, driver {self.driver}, {self.rounds} rounds", samples,
                    "minidock import", ["sha256+cp+fsync", "podman import", "docker import"])
        os.unlink(copy)

    def layered_archive(self):
        """The members of the archive dealt out to ten gzip layers; returns the docker-archive and the layers' files."""
        at = self.work + "/layers"
        os.mkdir(at)
        plain = [tarfile.open(f"{at}/{i}.tar", "w", format=tarfile.PAX_FORMAT) for i in range(kLayers)]
        with tarfile.open(self.archive) as source:
            sizes = [0] * kLayers
            for member in source:
                # A hard link lies in its target's layer, so all links of the archive lie in the first.
                layer = 0 if member.islnk() or not member.isfile() else sizes.index(min(sizes))
                if member.islnk():
                    continue
                plain[layer].addfile(member, source.extractfile(member) if member.isfile() else None)
                sizes[layer] += member.size
        diff_ids, files = [], []
        for i, tar in enumerate(plain):
            tar.close()
            with open(f"{at}/{i}.tar", "rb") as file:
                diff_ids.append("sha256:" + hashlib.file_digest(file, "sha256").hexdigest())
            subprocess.run(["gzip", "-6", f"{at}/{i}.tar"], check=True)
            files.append(f"{at}/{i}.tar.gz")
        config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Cmd": ["true"]},
                             "rootfs": {"type": "layers", "diff_ids": diff_ids}}).encode()
        names = [f"{i}/layer.tar" for i in range(kLayers)]
        name = hashlib.sha256(config).hexdigest() + ".json"
        manifest = json.dumps([{"Config": name, "RepoTags": ["bench:layers"], "Layers": names}]).encode()
        path = self.work + "/layers.tar"
        with tarfile.open(path, "w") as out:
            for text, where in ((config, name), (manifest, "manifest.json")):
                member = tarfile.TarInfo(where)
                member.size = len(text)
                out.addfile(member, io.BytesIO(text))
            for file, where in zip(files, names):
                out.add(file, where)
        return path, files

    def loads(self):
        path, files = self.layered_archive()
        contenders = {"minidock load": lambda: self.into_new_store("load", "-q", "-i", path)}
        for program in ("gzip", "igzip"):
            if shutil.which(program):
                contenders[program + " -dc"] = lambda program=program: used([program, "-dc", *files])
        if self.podman:
            contenders["podman load"] = lambda: self.by_podman("load", "-q", "-i", path)
        if self.docker:
            contenders["docker load"] = lambda: self.by_docker("load", "-q", "-i", path)
        samples = take_turns(contenders, self.rounds)
        self.report(f"load: {kLayers} gzip layers, {os.path.getsize(path) / 1e6:.0f} MB, driver {self.driver}, "
                    f"{self.rounds} rounds", samples, "minidock load",
                    ["gzip -dc", "igzip -dc", "podman load", "docker load"])

    # --- memory and disk --------------------------------------------------------------------------------------------------

    def peak(self, *words):
        """(MiB of all processes together at the worst moment, MiB of the largest at its own), and the store's bytes on
        the disk by what they are of: "blobs", "layers", "images", "minidock.db", …"""
        environment = self.new_store()
        process = subprocess.Popen([self.minidock, *words], env=environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL)
        together, largest, ended = [0], [0], threading.Event()

        def watch():
            while not ended.is_set():
                processes = tree_of(process.pid)
                together[0] = max(together[0], sum(map(proportional, processes)))
                # kernel: ru_maxrss would count what this program had in memory when it forked.
                largest[0] = max(largest[0], *map(high_water, processes))
                time.sleep(0.005)

        watcher = threading.Thread(target=watch)
        watcher.start()
        process.wait()
        ended.set()
        watcher.join()
        if process.returncode != 0:
            raise SystemExit(f"bench: status {process.returncode}: minidock {' '.join(words)}")
        root = environment["MINIDOCK_ROOT"]
        disk = {name: sum(info.st_blocks * 512 for info in files_below(os.path.join(root, name)))
                for name in os.listdir(root)}
        self.drop_store(environment)
        return together[0] / 2**20, largest[0] / 2**20, disk

    def memory(self, entries):
        print(f"memory: MiB, driver {self.driver}; all processes together (PSS, sampled), the largest one (RSS)")
        forms = {"plain": "", "gzip": "gzip -1", "zstd": "zstd -q", "zstd, window 128M": "zstd -q --long=27",
                 "xz, window 64M": "xz --lzma2=preset=0,dict=64MiB"}
        for form, command in forms.items():
            path = self.archive
            if command:
                path = self.work + "/packed"
                with open(self.archive, "rb") as source, open(path, "wb") as out:
                    subprocess.run(command.split(), stdin=source, stdout=out, check=True)
            together, largest, disk = self.peak("import", "-q", path, "bench")
            self.results[f"memory / {form}"] = together
            print(f"  {form:18} together {together:6.1f}   largest {largest:6.1f}")
            if form == "plain":
                self.disk(disk)
        self.memory_of_entries(entries)

    def memory_of_entries(self, entries):
        """Of a tenth, too: what takes longer than their number explains shows in the CPU time."""
        many = self.work + "/many.tar"
        for count, in_one, size in ((entries // 10, 1000, 0), (entries, 1000, 0), (entries, 1000, 1),
                                    (entries, entries, 0)):
            write_files(many, count, in_one, size)
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            together, largest, _ = self.peak("import", "-q", many, "bench")
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            title = f"{count} files of {size} bytes, {in_one} a directory"
            self.results[f"memory / {title}"] = largest
            print(f"  {title:52} together {together:6.1f}   largest {largest:6.1f}   CPU {cpu:5.1f} s")
        os.unlink(many)

    def disk(self, bytes_of):
        """What a layer and its image take, and beside them a database that grows with their number."""
        tar = os.path.getsize(self.archive)
        image = sum(bytes_of.get(name, 0) for name in ("blobs", "layers", "images")) / tar
        everything = sum(bytes_of.values()) / tar
        self.results["disk / tar"], self.results["disk, all of the store / tar"] = image, everything
        parts = ", ".join(f"{name} {size / tar:.4f}" for name, size in sorted(bytes_of.items()) if size >= tar / 10000)
        print(f"  disk, of the tar's bytes: {image:.4f}, all of the store {everything:.4f}: {parts}")

    # --- many images --------------------------------------------------------------------------------------------------

    def store_of(self, count):
        """A store of so many images, each a small layer of its own, made by imports; and a runnable one."""
        environment = self.new_store()
        for i in range(count):
            tar = io.BytesIO()
            with tarfile.open(fileobj=tar, mode="w") as out:
                member = tarfile.TarInfo("name")
                member.size = 20
                out.addfile(member, io.BytesIO(f"{i:20}".encode()))
            subprocess.run([self.minidock, "import", "-q", "-", f"many/image{i}:1"], input=tar.getvalue(),
                           env=environment, check=True, stdout=subprocess.DEVNULL)
        return environment

    def many(self, count, busybox):
        stores = {size: self.store_of(size) for size in (10, count)}
        for environment in stores.values():
            subprocess.run([self.minidock, "import", "-q", busybox, "busybox"], env=environment, check=True,
                           stdout=subprocess.DEVNULL)
        numbers = iter(range(10**9))

        def remove(environment):
            name = f"gone{next(numbers)}"
            tar = io.BytesIO()
            with tarfile.open(fileobj=tar, mode="w") as out:
                out.addfile(tarfile.TarInfo(name))
            subprocess.run([self.minidock, "import", "-q", "-", name], input=tar.getvalue(), env=environment, check=True,
                           stdout=subprocess.DEVNULL)
            return used([self.minidock, "rmi", name], env=environment)

        verbs = {"run": lambda environment: used([self.minidock, "run", "--rm", "--network", "none", "busybox", "true"],
                                                 env=environment),
                 "images NAME": lambda environment: used([self.minidock, "images", "busybox"], env=environment),
                 "inspect NAME": lambda environment: used([self.minidock, "image", "inspect", "busybox"],
                                                          env=environment),
                 "rmi": remove}
        rounds = max(20, 4 * self.rounds)
        print(f"many: a store of {count} images beside one of 10, {rounds} rounds; milliseconds, medians (CPU)")
        for verb, measure in verbs.items():
            samples = take_turns({size: lambda environment=environment: measure(environment)
                                  for size, environment in stores.items()}, rounds)
            wall = {size: statistics.median(wall for wall, _ in pairs) for size, pairs in samples.items()}
            cpu = {size: statistics.median(cpu for _, cpu in pairs) for size, pairs in samples.items()}
            self.results[f"many / {verb}"] = wall[count] / wall[10]
            print(f"  {verb:14} {wall[10] * 1000:6.1f} -> {wall[count] * 1000:6.1f}   ({cpu[10] * 1000:5.1f} -> "
                  f"{cpu[count] * 1000:5.1f})   {wall[count] / wall[10]:.2f}")
        for environment in stores.values():
            self.drop_store(environment)


def write_files(path, count, in_one, size):
    """A tar of so many files, so many a directory. By hand, because tarfile takes minutes for a million."""
    member = tarfile.TarInfo("directory-0000/file-0000000")
    member.size = size
    header = bytearray(member.tobuf(tarfile.USTAR_FORMAT))
    header[148:156] = b" " * 8
    others = sum(header) - sum(header[:27])
    data = bytes((size + 511) // 512 * 512)
    with open(path, "wb", buffering=1 << 20) as out:
        for i in range(count):
            name = b"directory-%04d/file-%07d" % (i // in_one, i)
            header[:27] = name
            header[148:156] = b"%06o\0 " % (others + sum(name))
            out.write(header + data)
        out.write(bytes(1024))


def files_below(top):
    """The file itself, where it is one."""
    if not os.path.isdir(top):
        yield os.lstat(top)
    for directory, _, names in os.walk(top):
        for name in names:
            try:
                yield os.lstat(os.path.join(directory, name))
            except FileNotFoundError:
                pass


def tree_of(pid):
    """The process and those below it."""
    out = [pid]
    for one in out:
        for path in glob.glob(f"/proc/{one}/task/*/children"):
            try:
                with open(path, encoding="ascii") as file:
                    out += map(int, file.read().split())
            except OSError:
                pass
    return out


def proportional(pid):
    """Bytes of memory, what is shared counted by shares."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return 0


def high_water(pid):
    """Bytes that were in memory at its worst moment."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minidock", required=True)
    parser.add_argument("--archive", required=True, help="a docker-export tar")
    parser.add_argument("--busybox", required=True, help="the same, of an image that has `true`")
    parser.add_argument("--work", required=True, help="a directory on the disk to measure")
    parser.add_argument("--driver", default="erofs")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--parts", default="import,load,memory,many")
    parser.add_argument("--entries", type=int, default=1000000, help="of the tar whose import takes the most memory")
    parser.add_argument("--many", type=int, default=1000, help="images of the store that is compared with one of ten")
    parser.add_argument("--json", help="write the ratios to this file")
    arguments = parser.parse_args()
    results = {}
    images = Images(arguments, results)
    parts = arguments.parts.split(",")
    daemon = images.start_docker() if {"import", "load"} & set(parts) else None
    try:
        if "import" in parts:
            images.imports()
        if "load" in parts:
            images.loads()
    finally:
        if daemon:
            daemon.stop()
        if images.podman:
            shutil.rmtree(images.work + "/podman", ignore_errors=True)
        shutil.rmtree(images.run)
    if "memory" in parts:
        images.memory(arguments.entries)
    if "many" in parts:
        images.many(arguments.many, arguments.busybox)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=2)


if __name__ == "__main__":
    main()
