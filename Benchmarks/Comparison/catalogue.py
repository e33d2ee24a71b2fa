"""The servers of the comparison: what each needs, its site, and its own way to change versions."""
import shutil
import sys
from dataclasses import dataclass, field

from ways import Fpm, Reload, Restart, Signal, Unicorn

LOADS = ["keepalive", "close", "close-by-client", "idle", "post"]


@dataclass
class Server:
    name: str               # also that of the preset of `deployd init --server`
    programs: list          # what must be installed
    site: str               # the folder in Benchmarks/Servers
    own: object             # its own way to change versions, without deployd
    words: dict = field(default_factory=dict)    # what stands for @WORD@ in the site's files under deployd
    prepare: list = field(default_factory=list)  # a command, once, in the folder of a version
    command: str = ""       # in the place of the preset's command, as JSON5
    behind: object = None   # behind deployd's web server: True: by the preset; a text: the kind of process, as JSON5
    post: bool = True       # whether it can read a body and give it back
    processes: int = 2      # deployd's workers that do what its own command does, for the speed
    fronted: bool = False   # takes no socket: by its preset deployd's web server stands before it
    path: str = "/version"  # what the speed asks for: with PHP a path that is no file, so that the script answers

    @property
    def loads(self):
        return [load for load in LOADS if self.post or load != "post"]


def start_server(*command, signal="TERM"):
    return Signal("start_server HUP", "HUP",
                  ["start_server", "--port=@ADDRESS@", f"--signal-on-hup={signal}", "--", *command])


JARS = ":".join(f"/usr/share/java/{name}.jar" for name in
                ["jetty9-server", "jetty9-util", "jetty9-http", "jetty9-io", "servlet-api"])
STARLET = ["plackup", "--server", "Starlet", "--env", "production", "--max-workers", "8", "app.psgi"]
STARMAN = ["starman", "--workers", "8", "--disable-keepalive", "app.psgi"]
NGINX = ["nginx", "-p", ".", "-e", "stderr", "-c", "nginx.conf", "-g", "daemon off;"]
GUNICORN = ["gunicorn", "--workers", "2", "--bind", "@ADDRESS@", "--graceful-timeout", "30"]
CADDY = ["--config", "Caddyfile", "--adapter", "caddyfile"]

SERVERS = [
    Server("gunicorn", ["gunicorn"], "wsgi", Signal("HUP", "HUP", [*GUNICORN, "app:app"])),
    Server("gunicorn-threads", ["gunicorn"], "wsgi", Signal("HUP", "HUP", [*GUNICORN, "--threads", "8", "app:app"]),
           behind=True),
    Server("uwsgi", ["uwsgi"], "wsgi", processes=1, own=Signal(
        "touch-chain-reload", None,
        ["uwsgi", "--plugin", "python3", "--http-socket", "@ADDRESS@", "--master", "--workers", "4", "--lazy-apps",
         "--need-app", "--add-header", "Connection: close", "--wsgi", "app:app", "--touch-chain-reload", "version"],
        said="chain reloading complete")),
    Server("uvicorn", ["uvicorn"], "asgi", behind=True, own=Signal(
        "HUP", "HUP", ["uvicorn", "--host", "@HOST@", "--port", "@PORT@", "--workers", "2",
                "--timeout-worker-healthcheck", "60", "app:app"])),
    Server("hypercorn", ["hypercorn"], "asgi", behind=True,
           own=Restart(["hypercorn", "--bind", "@ADDRESS@", "--workers", "2", "app:app"])),
    Server("puma", ["puma"], "rack", behind=True, own=Signal(
        "USR1, phased", "USR1", ["puma", "-C", "own-puma.rb", "--workers", "2", "--bind", "tcp://@ADDRESS@", "config.ru"],
        said=r"Worker \d+ \(PID: \d+\) booted", times=2)),
    Server("unicorn", ["unicorn"], "rack", Unicorn(["unicorn", "-l", "@ADDRESS@", "-c", "unicorn.rb", "config.ru"])),
    Server("starlet", ["plackup", "start_server"], "psgi", start_server(*STARLET), processes=1),
    Server("starman", ["starman", "start_server"], "psgi", start_server(*STARMAN, signal="QUIT"), processes=1),
    Server("node", ["node"], "node", Restart(["node", "server.js", "@PORT@"]), processes=1),
    Server("port", ["node"], "node", Restart(["node", "server.js", "@PORT@"]), processes=1, fronted=True,
           command='["node", "server.js", "{port}"]'),
    Server("go", ["go"], "go", Restart(["./site", "@ADDRESS@"]), processes=1,
           prepare=["go", "build", "-o", "site", "main.go"]),
    Server("java", ["javac", "java"], "java", Restart(["java", "-cp", f".:{JARS}", "Site", "@PORT@"]), processes=1,
           prepare=["javac", "-cp", JARS, "Site.java"], command=f'["java", "-cp", ".:{JARS}", "Site"]'),
    Server("php-fpm", ["php-fpm8.2", "nginx"], "php", Fpm(["php-fpm8.2", "-F", "-y", "own-fpm.conf"], NGINX), processes=1,
           fronted=True, path="/script"),
    Server("h2o", ["h2o", "start_server"], "h2o", start_server("h2o", "-c", "h2o.conf"), post=False, processes=1),
    Server("nginx", ["nginx"], "nginx", Signal("HUP", "HUP", NGINX), post=False, processes=1,
           behind='{ command: ["sh", "behind"], socket: "path", drain: { signal: "QUIT" } }'),
    Server("haproxy", ["haproxy"], "haproxy", post=False, processes=1, words={"BIND": "fd@3", "OWN": ""}, own=Signal(
        "-W, USR2", "USR2", ["haproxy", "-W", "-db", "-f", "haproxy.cfg"],
        words={"BIND": "@ADDRESS@", "OWN": "stats socket @FOLDER@/haproxy.sock mode 600 level admin expose-fd listeners"})),
    Server("caddy", ["caddy"], "caddy", Reload(["caddy", "run", *CADDY], ["caddy", "reload", *CADDY]), post=False,
           processes=1, fronted=True, words={"BIND": "unix/{$DEPLOYD_SOCKET}", "ADMIN": "off"}),
]


def chosen(names):
    """The servers so named, or all, that are installed. Ends the program at an unknown name; tells of each that is missing."""
    known = [server.name for server in SERVERS]
    for name in names:
        if name not in known:
            sys.exit(f"servers.sh: {name}: found no such server; expected some of {' '.join(known)}")
    installed = []
    for server in SERVERS:
        if names and server.name not in names:
            continue
        missing = [program for program in server.programs if not shutil.which(program)]
        if missing:
            print(f"{server.name:<17} missing: {' '.join(missing)}", flush=True)
        else:
            installed.append(server)
    return installed
