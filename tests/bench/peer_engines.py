"""podman and Debian's dockerd, where tests/support/peers could bring them in (with_peers), with all they keep in directories that
are given."""
import glob
import os
import shutil
import subprocess
import time


def podman_command(at, run):
    """`run` must be a short path."""
    return ["podman", "--root", at + "/store", "--runroot", run + "/state", "--tmpdir", run + "/tmp",
            "--storage-driver", "overlay", "--cgroup-manager", "cgroupfs", "--events-backend", "file",
            "--runtime", shutil.which("runc") or "runc"]


class Docker:
    """A daemon; `before` are words that its command line begins with. is_here() first."""

    def __init__(self, at, options, before=(), environment=None):
        self.at = at
        os.mkdir(at)
        with open(at + "/log", "w", encoding="utf-8") as log:
            self.daemon = subprocess.Popen(
                [*before, "dockerd", "--data-root", at + "/data", "--exec-root", at + "/exec", "--pidfile", at + "/pid",
                 "-H", f"unix://{at}/socket", "--exec-opt", "native.cgroupdriver=cgroupfs", *options],
                stdout=log, stderr=log, env=environment)
        self.command = ["docker", "-H", f"unix://{at}/socket"]
        for _ in range(600):
            if subprocess.run([*self.command, "version"], check=False, capture_output=True).returncode == 0:
                return
            time.sleep(0.1)
        raise SystemExit("bench: dockerd does not answer")

    @staticmethod
    def is_here():
        return shutil.which("dockerd") is not None

    def stop(self):
        self.daemon.terminate()
        self.daemon.wait()
        for mount in glob.glob(self.at + "/exec/netns/*"):
            subprocess.run(["umount", mount], check=False, stderr=subprocess.DEVNULL)
        for at in glob.glob("/sys/fs/cgroup/**/docker", recursive=True):
            os.rmdir(at)
