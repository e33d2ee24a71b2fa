"""A site of one server: its folders with the versions, and the master or server that serves it."""
import http.client
import json
import os
import re
import socket
import subprocess
import time

from ways import Silent

HERE = os.path.dirname(os.path.abspath(__file__))
SITES = os.path.join(HERE, "..", "Servers")
VERSIONS = ["v1", "v2"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Site:
    """Common to both: a folder, a port, and the files of a version."""

    def __init__(self, server, folder):
        self.server, self.port = server, free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.root = self.folder = folder
        os.makedirs(folder)
        os.chmod(folder, 0o755)
        self.log = open(f"{folder}/log", "ab")
        self.environment = dict(os.environ)
        self.words = {}

    def text(self, text, version="v1"):
        for word, value in {**self.words, "VERSION": version, "ADDRESS": self.address, "HOST": "127.0.0.1",
                            "PORT": str(self.port), "FOLDER": self.folder}.items():
            text = text.replace(f"@{word}@", value)
        return text

    def put(self, version, folder):
        """The files of a version, each put in the place of the old one by a rename."""
        source = os.path.join(SITES, self.server.site)
        for sub in ("", "public", "temporary", "app"):
            os.makedirs(os.path.join(folder, sub), exist_ok=True)
        files = {name: open(os.path.join(source, name)).read() for name in os.listdir(source)}
        files["version"] = files["public/version"] = version + "\n"
        if "index.php" in files:
            files["app/index.php"] = files.pop("index.php").replace('"version"', f'"{folder}/version"')
        for name, text in files.items():
            self.write(name, self.text(text, version), folder)

    def write(self, name, text, folder=None):
        path = os.path.join(folder or self.folder, name)
        with open(path + ".new", "w") as file:
            file.write(text)
        os.replace(path + ".new", path)

    def read(self, name):
        return open(os.path.join(self.folder, name)).read()

    def logged(self, offset):
        """What was logged from there on."""
        with open(f"{self.root}/log", errors="replace") as file:
            file.seek(offset)
            return file.read()

    def prepare(self, folder):
        if self.server.prepare:
            subprocess.run(self.server.prepare, cwd=folder, check=True, stdout=self.log, stderr=self.log)

    def answer(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", "/version", headers={"Connection": "close"})
            return connection.getresponse().read().decode().strip()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def wait_until_answered(self, version=None, times=1):
        """Until so many new connections in a row are answered (by this version); none of them is counted."""
        good, end = 0, time.monotonic() + 240
        while good < times:
            got = self.answer()
            good = good + 1 if got and version in (None, got) else 0
            if not good:
                time.sleep(0.02)
            if time.monotonic() > end:
                raise Silent(f"{self.server.name}: {version} does not answer")


class UnderDeployd(Site):
    """The server as deployd's workers, or, with `web`, behind its web server: by the release.json that init writes."""

    def __init__(self, server, folder, products, web=False, workers=2):
        super().__init__(server, folder)
        self.deployd, self.words = f"{products}/deployd", server.words
        for version in VERSIONS:
            release = f"{folder}/releases/{version}"
            if web and isinstance(server.behind, str):
                os.makedirs(release)
                manifest = f'{{ web: {{ forward: {{ "/": "app" }} }}, processes: {{ app: {server.behind} }} }}\n'
            else:
                self.run("init", "--server", server.name, *(["--behind-web"] if web else []), release)
                manifest = open(f"{release}/release.json").read()
            if server.command:
                manifest = re.sub(r"(command: )\[[^\]]*\]", lambda match: match[1] + server.command, manifest)
            self.put(version, release)
            self.write("release.json", manifest.replace("{", '{ watch: "0",', 1), release)
            self.prepare(release)
        self.write("deployd.json", json.dumps({"listen": [self.address], "workers": workers, "state": "state"}))

    def run(self, *words):
        return subprocess.run([self.deployd, *words], stdout=self.log, stderr=self.log, check=True)

    def start(self):
        self.process = subprocess.Popen([self.deployd, "start", "--config", f"{self.root}/deployd.json"],
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.wait_until_answered("v1")

    def roots(self):
        return [self.process.pid]

    def change(self, version):
        self.run("deploy", version, "--config", f"{self.root}/deployd.json")

    def stop(self):
        subprocess.run([self.deployd, "stop", "--now", "--config", f"{self.root}/deployd.json"],
                       stdout=self.log, stderr=self.log)
        self.process.wait()


class ByItself(Site):
    """The server's own way."""

    def __init__(self, server, folder):
        super().__init__(server, folder)
        self.words = server.own.words
        self.put("v1", folder)
        if server.site == "php":
            nginx = open(os.path.join(SITES, "nginx", "nginx.conf")).read().replace(
                'return 200 "@VERSION@\\n";', f"include /etc/nginx/fastcgi_params; fastcgi_param SCRIPT_FILENAME "
                f"{folder}/app/index.php; fastcgi_pass unix:{folder}/fpm.sock;")
            self.write("nginx.conf", self.text(nginx))
        self.prepare(folder)

    def start(self):
        self.server.own.start(self)
        self.wait_until_answered("v1")

    def roots(self):
        return self.server.own.roots()

    def change(self, version):
        self.put(version, self.folder)
        self.server.own.deploy(self)
        # Without its own word that all workers are new: so many answers in a row.
        self.wait_until_answered(version, times=1 if self.server.own.said else 40)

    def stop(self):
        self.server.own.stop(self)
