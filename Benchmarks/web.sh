#!/usr/bin/env bash
# A worker of deployd beside nginx, h2o and lighttpd: a constant answer and files of 1 KiB, 100 KiB and 1 MiB over 64 kept
# connections, a connection a request, and 16 requests at a time on a connection. Requests per second, and processor time
# of the server per request, as medians; beside them what they are of nginx's in the same round, as the median of the rounds
# and, for the time, the middle half of them.
#
#   web.sh [SECONDS=1] [ROUNDS=15] [CASE …]       CASE: constant 1k 100k 1m close pipelined
#
# BEFORE=DIRECTORY names another build's products (.build/release of an earlier commit): its worker takes part as "before",
# and what this build's worker is of it, in the same round, is printed behind each case.
#
# The worker runs under a master, as users have it: counting on its scoreboard. Every server has one worker on the first
# core and logs nothing; wrk is on the second. They take turns, in short rounds: a machine that others use too is not the
# same machine a few seconds later. Who has no answer without a file serves one of 3 bytes.
# Needs nginx, h2o, lighttpd, wrk, taskset, python3, and swift build -c release.
set -u -o pipefail
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
seconds="${1:-1}"
rounds="${2:-15}"
cases=("${@:3}")
[ "${#cases[@]}" -gt 0 ] || cases=(constant 1k 100k 1m close pipelined)
for program in nginx h2o lighttpd wrk taskset python3; do
    command -v "$program" >/dev/null || { echo "missing: $program" >&2; exit 1; }
done

start_server 1 50ms
public="$site/releases/v1/public"
chmod 755 "$site"
printf 'v1\n' >"$public/version"
for size in 1k:1024 100k:102400 1m:1048576; do
    head -c "${size#*:}" /dev/urandom >"$public/${size%:*}.bin"
done
worker="$(of_status "s['generations'][0]['workers'][0]['pid']")"
taskset -cp 0 "$worker" >/dev/null || exit 1

# The other build, with a site of its own.
before=()
if [ -n "${BEFORE:-}" ]; then
    old="$site/before"
    # The same files, not copies: what a copy has in the page cache is in other pieces, and costs sendfile another time.
    mkdir "$old" && cp "$site/deployd.json" "$old/" && cp -rl "$site/releases" "$old/" || exit 1
    of_old() { "$BEFORE/deployd" status --json --config "$old/deployd.json" | python3 -c "import json, sys; s = json.load(sys.stdin); print($1)"; }
    "$BEFORE/deployd" start --config "$old/deployd.json" 2>"$old/journal" &
    old_master=$!
    for _ in {1..200}; do [ "$(of_old "s.get('serving', '')" 2>/dev/null)" = 1 ] && break; sleep 0.05; done
    old_worker="$(of_old "s['generations'][0]['workers'][0]['pid']")" || { cat "$old/journal" >&2; exit 1; }
    taskset -cp 0 "$old_worker" >/dev/null || exit 1
    before=("before=$old_worker=$(of_old "s['listeners'][0]['address']")")
fi

# Peers, in the foreground and for as long as this script lives.
peers=()
end_peers() {
    [ "${#peers[@]}" -eq 0 ] || kill "${peers[@]}" 2>/dev/null
    wait "${peers[@]}" 2>/dev/null
    [ -z "${old_master:-}" ] || { kill "$old_master" && wait "$old_master"; } 2>/dev/null
    stop_server
}
trap end_peers EXIT
start() { taskset -c 0 "$@" >/dev/null 2>>"$site/errors" & peers+=($!); }

nginx_port=$(free_port); h2o_port=$(free_port); lighttpd_port=$(free_port)
cat >"$site/nginx.conf" <<CONFIG
worker_processes 1; daemon off; pid $site/nginx.pid; error_log stderr crit;
events { worker_connections 1024; }
http {
    access_log off; keepalive_requests 1000000000; sendfile on; tcp_nopush on;
    open_file_cache max=100; types { } default_type application/octet-stream;
    $(nginx_paths "$site")
    server { listen 127.0.0.1:$nginx_port; root $public; location = /version { return 200 "v1\n"; } }
}
CONFIG
cat >"$site/h2o.conf" <<CONFIG
listen: { host: 127.0.0.1, port: $h2o_port }
num-threads: 1
user: $(id -un)
hosts: { default: { paths: { "/": { file.dir: $public } } } }
CONFIG
cat >"$site/lighttpd.conf" <<CONFIG
server.document-root = "$public"
server.bind = "127.0.0.1"
server.port = $lighttpd_port
server.max-keep-alive-requests = 0
CONFIG
start nginx -c "$site/nginx.conf"; nginx=${peers[-1]}
start h2o -c "$site/h2o.conf"; h2o=${peers[-1]}
start lighttpd -D -f "$site/lighttpd.conf"; lighttpd=${peers[-1]}

cat >"$site/pipelined.lua" <<'LUA'
function init() local all = {}; for i = 1, 16 do all[i] = wrk.format(nil, "/version") end; whole = table.concat(all) end
function request() return whole end
LUA

python3 - "$seconds" "$rounds" "$site" "deployd=$worker=$address" "${before[@]}" "nginx=$nginx=127.0.0.1:$nginx_port" \
    "h2o=$h2o=127.0.0.1:$h2o_port" "lighttpd=$lighttpd=127.0.0.1:$lighttpd_port" -- "${cases[@]}" <<'PYTHON'
import os, re, statistics, subprocess, sys, time, urllib.request

seconds, rounds, site = sys.argv[1], int(sys.argv[2]), sys.argv[3]
split = sys.argv.index("--")
servers = [word.split("=") for word in sys.argv[4:split]]
# A case: title, path, what wrk is told beside it, and the length of the answer.
every = {
    "constant": ("constant answer", "/version", [], 3),
    "1k": ("1 KiB file", "/1k.bin", [], 1024),
    "100k": ("100 KiB file", "/100k.bin", [], 102400),
    "1m": ("1 MiB file", "/1m.bin", [], 1048576),
    "close": ("a connection a request", "/version", ["-H", "Connection: close"], 3),
    "pipelined": ("16 at a time", "/version", ["-s", f"{site}/pipelined.lua"], 3),
}

def family(pid):
    children = subprocess.run(["pgrep", "-P", pid], capture_output=True, text=True).stdout.split()
    return [pid] + children

def spent(pid):
    total = 0
    for one in family(pid):
        fields = open(f"/proc/{one}/stat").read().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")

def resident(pid):
    sizes = {}
    for one in family(pid):
        for line in open(f"/proc/{one}/smaps_rollup"):
            if line.startswith(("Rss:", "Pss:")):
                sizes[line[:3]] = sizes.get(line[:3], 0) + int(line.split()[1])
    return sizes

def expect(address, path, length):
    for _ in range(250):
        try:
            with urllib.request.urlopen(f"http://{address}{path}", timeout=5) as answer:
                assert len(answer.read()) == length, f"{address}{path} is not {length} bytes long"
                return
        except OSError:
            time.sleep(0.02)
    sys.exit(f"nobody answers at {address}{path}")

def run(pid, address, path, extra):
    before = spent(pid)
    text = subprocess.run(
        ["taskset", "-c", "1", "wrk", "-t1", "-c64", f"-d{seconds}s", *extra, f"http://{address}{path}"],
        capture_output=True, text=True, check=True).stdout
    cost = spent(pid) - before
    requests = int(re.search(r"(\d+) requests in", text)[1])
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    # With Connection: close wrk 4.1 counts ends of connections that it asked for as read errors.
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    bad = int(wrong[1]) if wrong else 0
    if errors:
        bad += sum(int(errors[i]) for i in ((1, 3, 4) if "Connection: close" in extra else (1, 2, 3, 4)))
    return rate, cost / requests * 1e6, bad

def quartiles(values):
    return statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else [values[0]] * 3

failed = 0
print(f"{'':24}{'server':10}{'requests/s':>11}{'of nginx':>9}{'µs/request':>12}{'of nginx':>9}{'middle half':>14}")
for name in sys.argv[split + 1:]:
    title, path, extra, length = every[name]
    figures = {server: [] for server, _, _ in servers}
    for server, pid, address in servers:
        expect(address, path, length)
        run(pid, address, path, extra)
    for _ in range(rounds):
        for server, pid, address in servers:
            rate, cost, bad = run(pid, address, path, extra)
            figures[server].append((rate, cost))
            failed += bad
    for server, runs in figures.items():
        rate, cost = (statistics.median(figure[i] for figure in runs) for i in (0, 1))
        of_rate, of_cost = (quartiles([f[i] / g[i] for f, g in zip(runs, figures["nginx"])]) for i in (0, 1))
        print(f"{title:24}{server:10}{rate:11.0f}{of_rate[1]:9.2f}{cost:12.2f}{of_cost[1]:9.2f}"
              f"{of_cost[0]:9.2f}-{of_cost[2]:.2f}", flush=True)
        title = ""
    if "before" in figures:
        of_rate, of_cost = (
            quartiles([f[i] / g[i] for f, g in zip(figures["deployd"], figures["before"])]) for i in (0, 1))
        print(f"{'':24}{'of before':10}{of_rate[1]:20.3f}{of_cost[1]:21.3f}{of_cost[0]:9.2f}-{of_cost[2]:.2f}", flush=True)
print("resident memory, KiB (with its share of what several have): " + ", ".join(
    f"{server} {sizes['Rss']} ({sizes['Pss']})" for server, pid, _ in servers for sizes in [resident(pid)]))
print(f"failed: {failed}")
sys.exit(1 if failed else 0)
PYTHON
