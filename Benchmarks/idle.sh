#!/usr/bin/env bash
# Idle connections: what one costs in memory, and what it takes to hand them all to the next generation.
#
#   idle.sh [CONNECTIONS=10000] [DEPLOYS=5]
#
# Opens so many kept connections, each of which has had an answer: memory of the worker before and after, beside nginx with
# as many. Then so many deploys: from the first connection handed over to the last one taken in (read off the scoreboards
# every 0.2 ms), and processor time of both workers. Behind the deploys each connection asks again, and must get the answer
# of the newest release. One worker each. Needs root for the limit of descriptors, nginx, python3, swift build -c release.
set -u -o pipefail
# shellcheck source=Benchmarks/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
connections="${1:-10000}"
deploys="${2:-5}"
command -v nginx >/dev/null || { echo "missing: nginx" >&2; exit 1; }
ulimit -n "$(ulimit -Hn)"

start_server 1 0
nginx_port=$(free_port)
cat >"$site/nginx.conf" <<CONFIG
worker_processes 1; daemon off; pid $site/nginx.pid; error_log stderr crit;
events { worker_connections $((connections + 1000)); }
http {
    access_log off; keepalive_timeout 1h;
    $(nginx_paths "$site")
    server { listen 127.0.0.1:$nginx_port; location / { return 200 "v1\n"; } }
}
CONFIG
nginx -c "$site/nginx.conf" & nginx=$!
trap 'kill $nginx 2>/dev/null; wait $nginx 2>/dev/null; stop_server' EXIT

python3 - "$address" "127.0.0.1:$nginx_port" "$nginx" "$connections" "$deploys" "$products/deployd" "$site" <<'PYTHON'
import json, mmap, os, select, socket, statistics, struct, subprocess, sys, time

address, nginx_address, nginx, site = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[7]
count, deploys = int(sys.argv[4]), int(sys.argv[5])
deployd = lambda *words: [sys.argv[6], *words, "--config", f"{site}/deployd.json"]
REQUEST = b"GET /version HTTP/1.1\r\nHost: www.foobar.com\r\n\r\n"
HANDED_OVER, ADOPTED = 24, 23


def worker():
    """Pid and scoreboard of the serving generation's worker."""
    status = json.loads(subprocess.run(deployd("status", "--json"), capture_output=True, check=True).stdout)
    pid = next(g["workers"][0]["pid"] for g in status["generations"] if g["number"] == status["serving"])
    # The scoreboards of two workers at most are there; its own is the one that the worker has mapped.
    place = next(line.split()[0] for line in open(f"/proc/{pid}/maps") if "/memfd:deployd-board" in line)
    board = open(f"/proc/{pid}/map_files/{place}", "rb")
    return pid, mmap.mmap(board.fileno(), 4096, prot=mmap.PROT_READ)


def of(board, number):
    return struct.unpack_from("=Q", board, 8 * number)[0]


def spent(pid):
    fields = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid):
    lines = open(f"/proc/{pid}/smaps_rollup").read().splitlines()
    return {line.split(":")[0]: int(line.split()[1]) for line in lines[1:]}


def ask(client, bodies):
    client.sendall(REQUEST)
    answer = client.recv(4096)
    assert answer.startswith(b"HTTP/1.1 200") and answer.endswith(bodies), answer


def open_clients(to, number, first=0):
    host, port = to.rsplit(":", 1)
    clients = []
    for index in range(number):
        client = socket.socket()
        # One source address has some 28,000 ports only.
        client.bind((f"127.0.0.{2 + (first + index) % 16}", 0))
        client.settimeout(30)
        client.connect((host, int(port)))
        ask(client, (b"v1\n", b"v2\n"))
        clients.append(client)
    return clients


def cost(pid, to):
    """Bytes that each connection added, KiB of private memory with all of them, and the clients."""
    clients = open_clients(to, 100)
    before = memory(pid)
    clients += open_clients(to, count, 100)
    after = memory(pid)
    return (after["Private_Dirty"] - before["Private_Dirty"]) * 1024 / count, after["Private_Dirty"], clients


for _ in range(250):
    try:
        socket.create_connection(("127.0.0.1", int(nginx_address.rsplit(":", 1)[1]))).close()
        break
    except OSError:
        time.sleep(0.02)
child = subprocess.run(["pgrep", "-P", nginx], capture_output=True, text=True).stdout.split()[0]
# nginx makes room for all the connections that it may have when it starts: only the whole can be compared.
each, nginx_private, clients = cost(child, nginx_address)
print(f"nginx:   {nginx_private} KiB of private memory with {len(clients)} connections; each added {each:.0f} bytes")
for client in clients:
    client.close()
pid, board = worker()
each, private, clients = cost(pid, address)
print(f"deployd: {private} KiB of private memory with {len(clients)} connections; each added {each:.0f} bytes; "
      f"{private / nginx_private:.2f} of nginx's whole")

times, costs = [], []
for number in range(deploys):
    old_pid, old_board, before = pid, board, spent(pid)
    release = f"{site}/releases/{'v1' if number % 2 else 'v2'}"
    # A deploy is over when the new release is committed; the old worker begins to drain 100 ms behind that.
    subprocess.run(deployd("deploy", release), stdout=subprocess.DEVNULL, check=True)
    pid, board = worker()
    began, last, limit = None, before, time.monotonic() + 60
    while of(board, ADOPTED) < len(clients) and time.monotonic() < limit:
        if began is None and of(old_board, HANDED_OVER) > 0:
            began = time.monotonic()
        try:
            last = spent(old_pid)
        except OSError:
            pass
        time.sleep(0.0002)
    times.append(time.monotonic() - (began or time.monotonic()))
    costs.append(last - before + spent(pid))
    handed = of(old_board, HANDED_OVER)
    print(f"deploy {number + 1}: {handed} of {len(clients)} handed over in {times[-1] * 1e3:.0f} ms, "
          f"{costs[-1] * 1e3:.0f} ms of processor, of which booting is a part")
    for _ in range(500):
        status = json.loads(subprocess.run(deployd("status", "--json"), capture_output=True, check=True).stdout)
        if len(status["generations"]) == 1:
            break
        time.sleep(0.02)
poll = select.poll()
for client in clients:
    poll.register(client, select.POLLIN | select.POLLHUP)
closed = len(poll.poll(0))
lost = 0
for client in clients:
    try:
        ask(client, (b"v1\n", b"v2\n")[deploys % 2])
    except (OSError, AssertionError):
        lost += 1
print(f"median {statistics.median(times) * 1e3:.0f} ms, {statistics.median(costs) * 1e3:.0f} ms of processor; "
      f"closed: {closed}, lost: {lost}")
sys.exit(1 if closed or lost else 0)
PYTHON
