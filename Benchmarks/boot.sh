#!/usr/bin/env bash
# How soon a worker serves: from its exec to the answer to a request that waited in the socket's queue (READY=1 was said
# before), beside nginx with one worker, whose master passes it an inherited socket too. Medians of so many starts in turn,
# with the middle half of them, and the worker's resident memory behind the first answer.
#
#   boot.sh [STARTS=51]
#
# Needs nginx, python3, and swift build -c release.
set -u -o pipefail
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
command -v nginx >/dev/null || { echo "missing: nginx" >&2; exit 1; }
[ -x "$products/site-v1" ] || { echo "$products/site-v1 is missing: swift build -c release" >&2; exit 1; }
site="$(mktemp -d "${TMPDIR:-/tmp}/deployd-bench-XXXXXX")" || exit 1
trap stop_server EXIT
chmod 755 "$site"
mkdir "$site/public"
printf 'v1\n' >"$site/public/version"

python3 - "${1:-51}" "$site" "$products/site-v1" "$(command -v nginx)" \
    "$(nginx_paths "$site")" "$(free_port)" <<'PYTHON'
import os, re, signal, socket, statistics, struct, sys, time

starts, site, worker, nginx, paths, port = int(sys.argv[1]), *sys.argv[2:6], int(sys.argv[6])


def start(program, arguments, environment, listener, notify):
    """Executes a program with the listener as its descriptor 3: its pid, and when that was."""
    begins, begun = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.chdir(site)
        null = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
        os.dup2(listener.fileno(), 3)
        os.set_inheritable(3, True)
        os.environ.update(environment)
        if "LISTEN_FDS" in environment:
            os.environ["LISTEN_PID"] = str(os.getpid())
            os.environ["NOTIFY_SOCKET"] = notify.getsockname()
        os.write(begun, struct.pack("d", time.monotonic()))
        os.execv(program, arguments)
    begin = struct.unpack("d", os.read(begins, 8))[0]
    os.close(begins)
    os.close(begun)
    return pid, begin


def measure(program, arguments, environment, port):
    listener = socket.create_server(("127.0.0.1", port), reuse_port=True)
    path = f"{site}/notify"
    if os.path.exists(path):
        os.unlink(path)
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(path)
    notify.settimeout(10)
    client = socket.create_connection(listener.getsockname(), timeout=10)
    client.sendall(b"GET /version HTTP/1.1\r\nHost: a\r\n\r\n")
    pid, begin = start(program, arguments, environment, listener, notify)
    try:
        answer = client.recv(65536)
        answered = time.monotonic()
        assert b" 200 " in answer.split(b"\r\n")[0], answer
        if "LISTEN_FDS" in environment:
            assert b"READY=1" in notify.recv(4096)
        children = open(f"/proc/{pid}/task/{pid}/children").read().split()
        status = open(f"/proc/{(children or [pid])[0]}/status").read()
        return (answered - begin) * 1e3, int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024
    finally:
        os.kill(pid, signal.SIGTERM)
        for each in (client, listener, notify):
            each.close()
        os.waitpid(pid, 0)


open(f"{site}/nginx.conf", "w").write(f"""
daemon off; worker_processes 1; pid {site}/nginx.pid; error_log {site}/nginx.log;
events {{ worker_connections 1024; }}
http {{ access_log off; {paths} server {{ listen 127.0.0.1:{port}; root {site}/public; }} }}
""")
servers = {
    "deployd": (worker, [worker], {"LISTEN_FDS": "1"}, 0),
    "nginx": (nginx, ["nginx", "-c", f"{site}/nginx.conf"], {"NGINX": "3;"}, port),
}
figures = {name: [] for name in servers}
for number in range(starts + 1):
    for name, server in servers.items():
        figure = measure(*server)
        # The first start reads the programs from the disk.
        if number > 0:
            figures[name].append(figure)
print(f"{'':10}{'first answer':>14}{'middle half':>16}{'resident':>10}")
for name, runs in figures.items():
    low, middle, high = statistics.quantiles([run[0] for run in runs], n=4, method="inclusive")
    print(f"{name:10}{middle:11.1f} ms{low:11.1f}-{high:.1f}{statistics.median(run[1] for run in runs):8.1f} MiB")
PYTHON
