#!/usr/bin/env bash
# WebWorker as a proxy, beside nginx: a proxied answer and an answer of php-fpm. Requests per second, and processor time of
# the front per request, for 64 kept connections of wrk. The fronts take turns; medians over the rounds, and of the ratios in
# each round.
#
#   upstreams.sh [SECONDS=1] [ROUNDS=11]
#
# One front runs at a time, with one worker, on the first core; wrk and the servers behind run on the second. Needs nginx,
# wrk, php-fpm, taskset, python3, and swift build -c release.
set -u -o pipefail
# shellcheck source=Benchmarks/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
seconds="${1:-1}"
rounds="${2:-11}"
fpm="$(command -v php-fpm || ls /usr/sbin/php-fpm* 2>/dev/null | head -1)"
for program in "$products/front" nginx wrk taskset python3 "$fpm"; do
    command -v "$program" >/dev/null || { echo "missing: ${program:-php-fpm}" >&2; exit 1; }
done
work="$(mktemp -d "${TMPDIR:-/tmp}/deployd-bench-XXXXXX")" || exit 1
chmod 755 "$work"
pids=()
clean_up() {
    [ "${#pids[@]}" -eq 0 ] || kill "${pids[@]}" 2>/dev/null
    wait 2>/dev/null
    rm -rf "$work"
}
trap clean_up EXIT

# What is common to all nginx here: one worker, no log, nothing written outside of the directory.
nginx_config() {
    cat <<CONFIG
worker_processes 1; daemon off; pid $work/$1.pid; error_log stderr crit;
events { worker_connections 1024; }
http {
    access_log off; keepalive_requests 1000000;
    $(nginx_paths "$work")
    upstream http_behind { server unix:$work/behind.sock; keepalive 64; }
    server { listen $2; root $work/public; $3 }
}
CONFIG
}
start() { # CORE COMMAND…: starts a program in the background
    taskset -c "$1" "${@:2}" >/dev/null 2>>"$work/errors" &
    pids+=($!)
}
wait_for() { # ADDRESS…: until all answer
    python3 - "$@" <<'PYTHON' || { cat "$work/errors" >&2; exit 1; }
import socket, sys, time
for address in sys.argv[1:]:
    for _ in range(500):
        try:
            if address.startswith("/"):
                socket.socket(socket.AF_UNIX).connect(address)
            else:
                socket.create_connection(("127.0.0.1", int(address)))
            break
        except OSError:
            time.sleep(0.02)
    else:
        sys.exit(f"nobody at {address}")
PYTHON
}

mkdir "$work/public"
echo '<?php header("Content-Type: text/plain"); echo "hello\n";' >"$work/public/hello.php"
nginx_config behind "unix:$work/behind.sock" 'location / { return 200 "hello\n"; }' >"$work/behind.conf"
start 1 nginx -c "$work/behind.conf"
cat >"$work/fpm.conf" <<CONFIG
[global]
error_log = $work/fpm.log
daemonize = no
[www]
user = nobody
group = nogroup
listen = $work/fpm.sock
listen.mode = 0666
pm = static
pm.max_children = 4
CONFIG
root_flag=()
[ "$(id -u)" -eq 0 ] && root_flag=(-R)
start 1 "$fpm" -F -n -y "$work/fpm.conf" "${root_flag[@]}"

nginx_http=$(free_port); nginx_php=$(free_port); our_http=$(free_port); our_php=$(free_port)
nginx_config http "127.0.0.1:$nginx_http" \
    'location / { proxy_pass http://http_behind; proxy_http_version 1.1; proxy_set_header Connection "";
        proxy_set_header Host $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Host $host; }' >"$work/http.conf"
nginx_config php "127.0.0.1:$nginx_php" \
    "location ~ \\.php\$ { include /etc/nginx/fastcgi_params; try_files \$uri =404;
        fastcgi_param SCRIPT_FILENAME \$document_root\$fastcgi_script_name; fastcgi_pass unix:$work/fpm.sock; }" \
    >"$work/php.conf"
start 0 nginx -c "$work/http.conf"; nginx_http_pid=${pids[-1]}
start 0 nginx -c "$work/php.conf"; nginx_php_pid=${pids[-1]}
start 0 "$products/front" --listen "127.0.0.1:$our_http" http "unix:$work/behind.sock"; our_http_pid=${pids[-1]}
start 0 "$products/front" --listen "127.0.0.1:$our_php" fastcgi "unix:$work/fpm.sock" "$work/public"
our_php_pid=${pids[-1]}
wait_for "$work/behind.sock" "$work/fpm.sock" "$nginx_http" "$nginx_php" "$our_http" "$our_php"

# Processor time of a process and its children, in clock ticks.
ticks() {
    local pid total=0 line
    for pid in "$1" $(pgrep -P "$1"); do
        line="$(sed 's/.*) //' "/proc/$pid/stat")" && set -- $line && total=$((total + ${12} + ${13}))
    done
    echo "$total"
}
measure() { # NAME PID URL: one line of figures
    local before after result
    wrk -t1 -c64 -d1s "$3" >/dev/null
    before=$(ticks "$2")
    result="$(taskset -c 1 wrk -t1 -c64 -d"${seconds}s" "$3")"
    after=$(ticks "$2")
    python3 - "$1" "$before" "$after" "$(getconf CLK_TCK)" <<PYTHON >>"$work/figures"
import re, sys
name, before, after, hertz = sys.argv[1], *map(int, sys.argv[2:])
text = """$result"""
requests = int(re.search(r"(\d+) requests in", text)[1])
rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])
wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
sockets = re.search(r"Socket errors: .*", text)
print(name, rate, (after - before) / hertz / requests * 1e6, wrong[1] if wrong else 0, sockets is not None)
PYTHON
}
for ((round = 0; round < rounds; round++)); do
    measure http-nginx "$nginx_http_pid" "http://127.0.0.1:$nginx_http/x"
    measure http-webworker "$our_http_pid" "http://127.0.0.1:$our_http/x"
    measure php-nginx "$nginx_php_pid" "http://127.0.0.1:$nginx_php/hello.php"
    measure php-webworker "$our_php_pid" "http://127.0.0.1:$our_php/hello.php"
done
python3 - "$work/figures" <<'PYTHON'
import collections, statistics, sys
rows = collections.defaultdict(list)
for line in open(sys.argv[1]):
    name, rate, cost, wrong, sockets = line.split()
    rows[name].append((float(rate), float(cost), int(wrong), sockets == "True"))
median = {name: [statistics.median(r[i] for r in runs) for i in (0, 1)] for name, runs in rows.items()}
print(f"{'':10} {'server':10} {'requests/s':>10} {'µs of processor/request':>24} {'ratio to nginx':>15}")
for kind, title in (("http", "proxied"), ("php", "php-fpm")):
    for server in ("nginx", "webworker"):
        rate, cost = median[f"{kind}-{server}"]
        ratio = statistics.median(
            ours[1] / nginx[1] for ours, nginx in zip(rows[f"{kind}-{server}"], rows[f"{kind}-nginx"]))
        print(f"{title:10} {server:10} {rate:10.0f} {cost:24.2f} {ratio:15.2f}")
failed = sum(r[2] for runs in rows.values() for r in runs)
broken = sum(r[3] for runs in rows.values() for r in runs)
print(f"answers that were not 200: {failed}, runs with socket errors: {broken}")
sys.exit(1 if failed or broken else 0)
PYTHON
