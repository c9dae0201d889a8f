"""The two engines: a case run as a shell script that finds the engine under the name docker."""
import http.client
import json
import os
import shutil
import socket
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
IMAGES = ("box:latest", "rich:latest")
PATIENCE = 120 * int(os.environ.get("MINIDOCK_PATIENCE", "1"))  # seconds for one case


class Step:
    def __init__(self, status, stdout, stderr):
        self.status, self.stdout, self.stderr = status, stdout, stderr


class Result:
    def __init__(self, steps, broken=None):
        self.steps, self.broken = steps, broken


class Engine:
    """`name` for messages; `program` is what `docker` means; `environment` is added to ours."""

    def __init__(self, name, program, directory, environment):
        self.name = name
        self.directory = directory
        self.environment = dict(os.environ, **environment)
        bin_directory = os.path.join(directory, name + "-bin")
        os.makedirs(bin_directory, exist_ok=True)
        link = os.path.join(bin_directory, "docker")
        if not os.path.lexists(link):
            os.symlink(program, link)
        self.environment["PATH"] = bin_directory + ":" + self.environment["PATH"]

    def run(self, case):
        scratch = os.path.join(self.directory, self.name + "-files", "scratch")
        records = tempfile.mkdtemp(dir=self.directory)
        shutil.rmtree(scratch, ignore_errors=True)
        os.makedirs(scratch)
        try:
            return self.run_script(case, scratch, records)
        finally:
            self.clean()
            shutil.rmtree(records)
            shutil.rmtree(scratch, ignore_errors=True)

    def run_script(self, case, scratch, records):
        text = script(case, records)
        process = subprocess.Popen(["bash", "-c", text], cwd=scratch, env=self.environment, stdin=subprocess.DEVNULL,
                                   start_new_session=True)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()
            return Result([], f"not done after {PATIENCE} s; step {len(os.listdir(records)) // 3 + 1}")
        failed = read(os.path.join(records, "failed"))
        if failed:
            return Result([], f"set-up failed: {failed}")
        count = len(case.compared())
        steps = []
        for number in range(count):
            base = os.path.join(records, str(number))
            status = read(base + ".rc")
            if not status:
                return Result([], f"the script ended before step {number + 1}")
            steps.append(Step(int(status), read(base + ".out"), read(base + ".err")))
        return Result(steps)

    def clean(self):
        """As if the case had never been: its containers, volumes and images are removed."""
        raise NotImplementedError


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read().decode("utf-8", "backslashreplace").replace("\0", "")
    except FileNotFoundError:
        return ""


def script(case, records):
    """The case as a program of bash: each line in the same shell, its streams and its status in files."""
    text = [f". {HERE}/words.sh"]
    number = 0
    for kind, command in case.lines:
        if kind == ">":
            text.append(f"{{ {command}\n}} >/dev/null 2>{records}/why ||"
                        f" {{ {{ echo {quoted(command)}; cat {records}/why; }} >{records}/failed; exit; }}")
        else:
            base = f"{records}/{number}"
            text.append(f"{{ {command}\n}} >{base}.out 2>{base}.err; echo $? >{base}.rc")
            number += 1
    return "\n".join(text)


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


class Minidock(Engine):
    def clean(self):
        if containers := self.listed("ps", "-aq"):
            self.call("rm", "-f", "-v", *containers)
        if volumes := self.listed("volume", "ls", "-q"):
            self.call("volume", "rm", *volumes)
        for image in set(self.listed("images", "-a", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}")):
            name, identity = image.split(" ")
            if name not in IMAGES:
                self.call("rmi", "-f", identity if "<none>" in name else name)

    def listed(self, *words):
        return self.call(*words).splitlines()

    def call(self, *words):
        return subprocess.run(["docker", *words], env=self.environment, check=True, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL).stdout


class Docker(Engine):
    """Cleaned by its API: a start of its client costs more than all of it."""

    def clean(self):
        while containers := self.api("GET", "/containers/json?all=1"):
            for container in containers:  # some are being removed: by their own --rm
                self.api("DELETE", f"/containers/{container['Id']}?force=1&v=1", fine=(404, 409))
        for volume in self.api("GET", "/volumes")["Volumes"] or []:
            self.api("DELETE", f"/volumes/{volume['Name']}")
        for image in self.api("GET", "/images/json"):
            for name in image["RepoTags"] or [image["Id"]]:
                if name not in IMAGES:
                    self.api("DELETE", f"/images/{image['Id'] if '<none>' in name else name}?force=1")

    def api(self, method, path, fine=()):
        connection = http.client.HTTPConnection("docker")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(self.socket)
        connection.request(method, path)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        if answer.status >= 400 and answer.status not in fine:
            raise RuntimeError(f"{method} {path}: {body.decode()}")
        return json.loads(body) if body else None


def pair(lane):
    """The two engines of one lane, a directory that tests/support/dockerd.sh made."""
    socket_path = os.path.join(lane, "socket")
    # The client itself, not the script that dockerd.sh made: one process less for each command.
    docker = Docker("docker", "/usr/bin/docker", lane, {"DOCKER_HOST": "unix://" + socket_path})
    docker.socket = socket_path
    stores = {"MINIDOCK_ROOT": os.path.join(lane, "root"), "MINIDOCK_RUN_ROOT": os.path.join(lane, "run"),
              "MINIDOCK_NETWORK": "none"}  # as dockerd has it with --bridge=none
    return docker, Minidock("minidock", os.environ["MINIDOCK_BINARY"], lane, stores)
