"""Servers on their own socket under deployd, with an access log, and a path that they answer with 500."""
import json
import os
import re
import subprocess
import time
from dataclasses import dataclass, field

from sites import Site

BODY = "x" * 200

WSGI = f"""
def app(environ, start_response):
    bad = environ["PATH_INFO"] == "/broken"
    start_response("500 Broken" if bad else "200 OK", [("Content-Type", "text/plain"), ("Content-Length", "200")])
    return [b"{BODY}"]
"""
ASGI = f"""
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({{"type": event["type"] + ".complete"}})
            if event["type"] == "lifespan.shutdown":
                return
    await receive()
    await send({{"type": "http.response.start", "status": 500 if scope["path"] == "/broken" else 200,
                "headers": [(b"content-type", b"text/plain"), (b"content-length", b"200")]}})
    await send({{"type": "http.response.body", "body": b"{BODY}"}})
"""
ASGI_LOG = json.dumps({
    "version": 1, "disable_existing_loggers": False, "formatters": {
        "line": {"()": "uvicorn.logging.AccessFormatter", "fmt": '%(client_addr)s "%(request_line)s" %(status_code)s'}},
    "handlers": {"file": {"class": "logging.FileHandler", "filename": "access.log", "formatter": "line"}},
    "loggers": {"uvicorn.access": {"handlers": ["file"], "level": "INFO", "propagate": False}}})
RACK = f"""
log = File.open("access.log", "a")
log.sync = true
use Rack::CommonLogger, log
run lambda {{ |env|
  [env["PATH_INFO"] == "/broken" ? 500 : 200, {{ "Content-Type" => "text/plain", "Content-Length" => "200" }}, ["{BODY}"]]
}}
"""
PSGI = f"""
use Plack::Builder;
open my $log, ">>", "access.log" or die $!;
builder {{
    enable "AccessLog", logger => sub {{ syswrite $log, shift }};
    sub {{ [shift->{{PATH_INFO}} eq "/broken" ? 500 : 200, ["Content-Type" => "text/plain", "Content-Length" => 200], ["{BODY}"]] }}
}};
"""
NODE = f"""
const fs = require("fs"), http = require("http"), log = fs.openSync("access.log", "a");
const server = http.createServer((request, response) => {{
  response.statusCode = request.url == "/broken" ? 500 : 200;
  response.setHeader("Content-Length", 200).end("{BODY}");
  fs.writeSync(log, `"GET ${{request.url}} HTTP/1.1" ${{response.statusCode}}\\n`);
}});
server.listen({{ fd: 3 }});
process.on("SIGTERM", () => process.exit(0));
"""
GO = f"""package main

import ("fmt"; "net"; "net/http"; "os"; "os/signal"; "syscall")

func main() {{
	log, _ := os.OpenFile("access.log", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0644)
	listener, _ := net.FileListener(os.NewFile(3, "web"))
	over := make(chan os.Signal, 1)
	signal.Notify(over, syscall.SIGTERM)
	go func() {{ <-over; os.Exit(0) }}()
	http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {{
		status := 200
		if r.URL.Path == "/broken" {{ status = 500 }}
		w.Header().Set("Content-Length", "200")
		w.WriteHeader(status)
		fmt.Fprint(w, "{BODY}")
		fmt.Fprintf(log, "\\"GET %s HTTP/1.1\\" %d\\n", r.URL.Path, status)
	}}))
}}
"""
NGINX = """pid nginx.pid;
error_log stderr warn;
worker_processes 2;
events { worker_connections 1024; }
http {
    access_log access.log;
    client_body_temp_path temporary; proxy_temp_path temporary; fastcgi_temp_path temporary;
    uwsgi_temp_path temporary; scgi_temp_path temporary;
    server {
        listen @ADDRESS@;
        location / { include /etc/nginx/fastcgi_params; fastcgi_param SCRIPT_FILENAME @FOLDER@/index.php;
                     fastcgi_pass unix:@FOLDER@/fpm.sock; }
    }
}
"""
PHP = f"""<?php
http_response_code(str_starts_with($_SERVER["REQUEST_URI"], "/broken") ? 500 : 200);
header("Content-Length: 200");
echo "{BODY}";
"""
FPM = """[global]
error_log = /proc/self/fd/2
[www]
listen = @FOLDER@/fpm.sock
listen.mode = 0666
user = nobody
group = nogroup
pm = static
pm.max_children = 8
"""


@dataclass
class Server:
    programs: list
    files: dict
    command: list
    workers: int = 2
    inherit: str = "listen-fds"
    prepare: list = field(default_factory=list)   # a command in the release's folder
    beside: list = field(default_factory=list)    # a server behind it, which deployd does not run


SERVERS = {
    "gunicorn": Server(["gunicorn"], {"app.py": WSGI},
                       ["gunicorn", "--workers", "1", "--access-logfile", "access.log", "app:app"]),
    "gunicorn-threads": Server(["gunicorn"], {"app.py": WSGI},
                               ["gunicorn", "--workers", "1", "--threads", "8", "--keep-alive", "30", "--access-logfile",
                                "access.log", "app:app"]),
    "uvicorn": Server(["uvicorn"], {"app.py": ASGI, "log.json": ASGI_LOG},
                      ["uvicorn", "--fd", "{fd:web}", "--log-config", "log.json", "app:app"]),
    "puma": Server(["puma"], {"config.ru": RACK},
                   ["puma", "--environment", "production", "--bind-to-activated-sockets", "only", "config.ru"]),
    "unicorn": Server(["unicorn"], {"config.ru": RACK}, ["unicorn", "--env", "production", "config.ru"]),
    "starlet": Server(["plackup", "start_server"], {"app.psgi": PSGI},
                      ["plackup", "--server", "Starlet", "--env", "production", "--max-workers", "8",
                       "--max-keepalive-reqs", "100", "app.psgi"], 1, "server-starter"),
    "node": Server(["node"], {"server.js": NODE}, ["node", "server.js"], 2),
    "go": Server(["go"], {"main.go": GO}, ["./site"], 1, prepare=["go", "build", "-o", "site", "main.go"]),
    "nginx, php-fpm": Server(["nginx", "php-fpm8.2"], {"nginx.conf": NGINX, "index.php": PHP, "fpm.conf": FPM},
                             ["nginx", "-p", ".", "-e", "stderr", "-c", "nginx.conf", "-g", "daemon off;"], 1, "nginx",
                             beside=["php-fpm8.2", "-F", "-y", "fpm.conf"]),
}


def group():
    """A control group of this process's own, in which a master is as in a service: its clients are elsewhere."""
    tree = next(line.split()[1] for line in open("/proc/mounts") if line.split()[2] == "cgroup2")
    own = next(line[3:].strip() for line in open("/proc/self/cgroup") if line.startswith("0::"))
    return f"{tree}{own.rstrip('/')}/deployd-counts-{os.getpid()}"


class CountedSite(Site):
    """A release of one server; without `counted` its master lacks the right to have the kernel count."""

    def __init__(self, name, folder, products, counted=True):
        self.name, self.server, self.deployd, self.counted = name, SERVERS[name], f"{products}/deployd", counted
        super().__init__(self.server, folder)
        self.release, self.process, self.beside = f"{folder}/releases/v1", None, None
        os.makedirs(f"{self.release}/temporary")
        self.folder = self.release
        self.write("../deployd.json", json.dumps(
            {"listen": [self.address], "workers": self.server.workers, "state": "state"}), f"{folder}/releases")
        self.write("release.json", json.dumps(
            {"command": self.server.command, "inherit": self.server.inherit, "health": {"path": "/probe"}}), self.release)
        for file, text in self.server.files.items():
            self.write(file, self.text(text), self.release)
        self.prepare(self.release)

    def start(self):
        if self.server.beside:
            self.beside = subprocess.Popen(self.server.beside, cwd=self.release, stdout=self.log, stderr=self.log)
            for _ in range(500):
                if not os.path.exists(f"{self.release}/fpm.sock"):
                    time.sleep(0.02)
        without = [] if self.counted else ["setpriv", "--bounding-set", "-bpf,-sys_admin"]
        os.makedirs(group(), exist_ok=True)
        enter = ["sh", "-c", 'echo $$ >"$0/cgroup.procs" && exec "$@"', group()]
        self.process = subprocess.Popen([*enter, *without, self.deployd, "start", "--config", f"{self.root}/deployd.json"],
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        for _ in range(600):
            if (self.status() or {}).get("serving"):
                return
            time.sleep(0.05)
        raise OSError(f"{self.name} does not serve: {self.logged(0)[-2000:]}")

    def status(self):
        done = subprocess.run([self.deployd, "status", "--json", "--config", f"{self.root}/deployd.json"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def roots(self):
        return [process.pid for process in (self.process, self.beside) if process]

    def statuses(self):
        """How often it has answered with each status, by its own log, but for deployd's probes."""
        found = {}
        with open(f"{self.release}/access.log", errors="replace") as log:
            for line in log:
                match = re.search(r'"[A-Z]+ (\S+)(?: HTTP/[0-9.]+)?" (\d{3})', line)
                if match and match[1] != "/probe":
                    found[match[2]] = found.get(match[2], 0) + 1
        return found

    def stop(self):
        if self.process:
            subprocess.run([self.deployd, "stop", "--config", f"{self.root}/deployd.json"], stdout=self.log, stderr=self.log)
            self.process.wait()
            self.process = None
            try:
                os.rmdir(group())
            except OSError:
                pass  # Another master is in it.
        if self.beside:
            self.beside.terminate()
            self.beside.wait()
            self.beside = None
