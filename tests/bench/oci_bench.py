"""create + start + delete of `true` in a bundle: minidock's OCI runtime beside runc and crun, and the memory they take.

The bundle is what an engine gives: all namespaces, the usual mounts and masks, limits on memory and pids, a seccomp
filter. Runs stand 30 ms apart and in random order, as for `run`.
"""
import contextlib
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

kPause = 0.03


def bundle(directory, rootfs):
    """A bundle without terminal; the same bytes for every runtime."""
    namespaces = [{"type": name} for name in ("pid", "network", "ipc", "uts", "mount", "cgroup")]
    capabilities = ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID", "CAP_SETGID", "CAP_NET_BIND_SERVICE"]
    flags = ["nosuid", "noexec", "nodev"]
    spec = {
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": 0, "gid": 0},
            "args": ["/bin/true"],
            "env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
            "cwd": "/",
            "noNewPrivileges": True,
            "capabilities": {name: capabilities for name in ("bounding", "effective", "permitted")},
        },
        "root": {"path": rootfs, "readonly": True},
        "hostname": "bench",
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
             "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
            {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
             "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]},
            {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": flags + ["mode=1777", "size=65536k"]},
            {"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": flags},
            {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": flags + ["ro"]},
        ],
        "linux": {
            "namespaces": namespaces,
            "resources": {
                "devices": [{"allow": False, "access": "rwm"}],
                "memory": {"limit": 512 << 20},
                "pids": {"limit": 2048},
            },
            "seccomp": {
                "defaultAction": "SCMP_ACT_ALLOW",
                "architectures": ["SCMP_ARCH_X86_64"],
                "syscalls": [{"names": ["kexec_load", "bpf", "mount", "ptrace"], "action": "SCMP_ACT_ERRNO"}],
            },
            "maskedPaths": ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
        },
    }
    os.mkdir(directory)
    with open(directory + "/config.json", "w", encoding="utf-8") as file:
        json.dump(spec, file)
    return directory


@contextlib.contextmanager
def without_unified():
    """A mount namespace, as a path, without the v2 hierarchy beside the v1 ones, where crun does not work; or None."""
    unified = "/sys/fs/cgroup/unified"
    if not os.path.ismount(unified):
        yield None
        return
    script = f"umount {unified} && echo && read word"
    with subprocess.Popen(["unshare", "--mount", "--propagation", "private", "sh", "-c", script], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        yield f"/proc/{holder.pid}/ns/mnt"
        holder.stdin.close()


def measure(build, work, count, runtimes, rootfs):
    """Prints the figures; returns the ratios by name. runtimes: {name: path}, the first one ours."""
    directory = bundle(work + "/oci", rootfs)
    # States on a tmpfs, where each runtime keeps them by default.
    with without_unified() as mounts, tempfile.TemporaryDirectory(prefix="minidock-bench.", dir="/run") as states:
        samples = {name: [] for name in runtimes}

        def cycle(name, number):
            command = [build + "/tests/bench/oci_cycle"]
            if mounts:  # for all of them: what it costs to go there is then in every figure
                command += ["--mounts", mounts]
            command += [runtimes[name], f"{states}/{name}", directory, f"minidock-bench-{number}"]
            words = subprocess.run(command, check=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL).stdout.split()
            return float(words[0]), int(words[1])

        for name in runtimes:  # fills caches
            cycle(name, 0)
            cycle(name, 0)
        order = [name for name in runtimes for _ in range(count)]
        random.shuffle(order)
        for number, name in enumerate(order):
            time.sleep(kPause)
            samples[name].append(cycle(name, number))
    return report(samples, count)


def report(samples, count):
    print(f"oci: create + start + delete, {count} each, 30 ms apart, random order; milliseconds, kilobytes")
    medians, largest = {}, {}
    for name, pairs in samples.items():
        times = sorted(pair[0] for pair in pairs)
        medians[name] = statistics.median(times)
        largest[name] = max(pair[1] for pair in pairs)
        fastest = statistics.mean(times[:max(1, len(times) // 10)])
        spread = times[len(times) * 3 // 4] - times[len(times) // 4]
        print(f"  {name:10} median {medians[name]:6.2f}   fastest tenth {fastest:6.2f}   quartiles apart {spread:5.2f}   "
              f"peak resident {largest[name]:6}")
    ours = next(iter(samples))
    ratios = {}
    for other in list(samples)[1:]:
        ratios[f"oci / {other}"] = medians[ours] / medians[other]
        ratios[f"oci memory / {other}"] = largest[ours] / largest[other]
        print(f"  {ours} / {other} = {ratios[f'oci / {other}']:.2f}   in memory {ratios[f'oci memory / {other}']:.2f}")
    return ratios


def found(names):
    """{name: path} of the runtimes that are here; says which are not."""
    paths = {}
    for name, path in names.items():
        path = shutil.which(path)
        if path:
            paths[name] = path
        else:
            print(f"bench: SKIPPED: {name} is not installed (scripts/packages bench)", file=sys.stderr)
    return paths
