#!/usr/bin/env bash
# What a watch sees of users on kept connections: so many clients that ask again and again on theirs, and nobody else.
#
#   deploy    the share of their requests that the new release answers while it is watched, and how long after the
#             cut-over the old one answered the last of them
#   bad       a release that answers them 500: whether it is taken back, what they got meanwhile, and how long after the way
#             back the last of them is back
#   canary    the share of them that a canary of 10 % answers
#
# The cut-over is when a new connection, one a millisecond, is first answered by the new release. Exits with 1 when the
# new release answered less than nine tenths in the watch, or the bad one was committed, or any client lost its connection.
#
# With a front the clients are its clients: it decides how many connections it has to deployd, and which of them a request
# takes. `nginx`, `haproxy` and `caddy` are set as docs/how-to/tls-front.md has it; `nginx-kept` and so on keep connections to
# deployd for as long as they like.
#
#   Benchmarks/sight.sh [CONNECTIONS, 50] [WATCH in seconds, 5] [FRONT, none]
set -u -o pipefail
# shellcheck source=Benchmarks/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
connections="${1:-50}"
watch="${2:-5}"
kind="${3:-none}"
front=

finish() {
    [ -z "$front" ] || { kill -TERM "$front"; wait "$front" 2>/dev/null; }
    stop_server
}

# Starts the front on a port of its own, in plain HTTP, and waits until it answers.
start_front() {
    local port program tries
    port=$(free_port)
    users="127.0.0.1:$port"
    case "$kind" in
    nginx | nginx-kept)
        cat >"$site/nginx.conf" <<CONFIG
worker_processes 1; daemon off; pid $site/nginx.pid; error_log $site/nginx.log;
events { worker_connections 4096; }
http {
    access_log off;
    $(nginx_paths "$site")
    upstream deployd {
        server $address;
        keepalive 64;
        $([ "$kind" = nginx ] && echo "keepalive_time 1s;")
    }
    server {
        listen $users;
        keepalive_requests 1000000;
        location / { proxy_pass http://deployd; proxy_http_version 1.1; proxy_set_header Connection ""; }
    }
}
CONFIG
        program=("$(command -v nginx || echo /usr/sbin/nginx)" -c "$site/nginx.conf") ;;
    haproxy | haproxy-kept)
        cat >"$site/haproxy.cfg" <<CONFIG
defaults
    mode http
    timeout connect 5s
    timeout client 75s
    timeout server 75s
frontend users
    bind $users
    default_backend deployd
backend deployd
    option $([ "$kind" = haproxy ] && echo http-server-close || echo http-keep-alive)
    http-reuse $([ "$kind" = haproxy ] && echo never || echo always)
    server deployd $address
CONFIG
        program=("$(command -v haproxy || echo /usr/sbin/haproxy)" -db -f "$site/haproxy.cfg") ;;
    caddy | caddy-kept)
        cat >"$site/Caddyfile" <<CONFIG
{
    admin off
    auto_https off
}
http://:$port {
    bind 127.0.0.1
    reverse_proxy $address {
        transport http {
            $([ "$kind" = caddy ] && echo "keepalive off")
        }
    }
}
CONFIG
        program=(caddy run --config "$site/Caddyfile" --adapter caddyfile) ;;
    *) echo "found the front $kind, expected nginx, haproxy or caddy, or one of them with -kept" >&2; exit 64 ;;
    esac
    command -v "${program[0]}" >/dev/null || { echo "missing: $kind" >&2; exit 1; }
    HOME=$site "${program[@]}" >"$site/front.log" 2>&1 &
    front=$!
    for ((tries = 0; tries < 300; tries++)); do
        [ "$(curl --silent --max-time 5 --header "Host: www.foobar.com" "http://$users/version")" = v1 ] && return
        kill -0 "$front" 2>/dev/null || break
        sleep 0.1
    done
    cat "$site/front.log" >&2
    exit 1
}

start_server 2 "${watch}s"
users=$address
if [ "$kind" != none ]; then
    trap finish EXIT
    start_front
fi
bad="$site/releases/bad"
mkdir -p "$bad/public"
echo ok | tee "$bad/public/healthz" >"$bad/public/index.html"
cp "$here/Tests/Fixtures/worker" "$bad/"
echo "{ web: { files: \"public\", forward: { \"/version\": \"app\" } }, health: { path: \"/healthz\" }, watch: \"${watch}s\",
    processes: { app: { command: [\"worker\", \"--ready\", \"--status\", \"500 Internal Server Error\"], socket: \"listen\" } } }" \
    >"$bad/release.json"

python3 - "$products/deployd" "$site/deployd.json" "$address" "$connections" "$watch" "$users" <<'P'
import json, socket, subprocess, sys, threading, time
program, configuration, address, count, watch = *sys.argv[1:4], int(sys.argv[4]), float(sys.argv[5])
host, port = address.rsplit(":", 1)
front_host, front_port = sys.argv[6].rsplit(":", 1)
request = b"GET /version HTTP/1.1\r\nHost: www.foobar.com\r\n\r\n"
lost, failures = [], 0


def ask(connection):
    connection.sendall(request)
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            raise ConnectionError("closed")
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    while len(body) < length:
        body += connection.recv(65536)
    return "bad" if head.split(b" ", 2)[1] != b"200" else body.decode().strip()


def kept(answers, over):
    connection = socket.create_connection((front_host, int(front_port)))
    try:
        while not over.is_set():
            version = ask(connection)
            answers.append((time.monotonic(), version))
            time.sleep(0.02)
    except OSError as error:
        lost.append(error)


def fresh(answers, over):
    while not over.is_set():
        with socket.create_connection((host, int(port))) as connection:
            answers.append((time.monotonic(), ask(connection)))
        time.sleep(0.001)


class Run:
    """So many clients; with `probing` also one that connects anew each time, and sees the cut-over."""

    def __init__(self, probing=True):
        self.over, self.new = threading.Event(), []
        self.lists = [[] for _ in range(count)]
        self.threads = [threading.Thread(target=kept, args=(answers, self.over)) for answers in self.lists]
        if probing:
            self.threads.append(threading.Thread(target=fresh, args=(self.new, self.over)))
        for thread in self.threads:
            thread.start()
        while not all(self.lists):
            time.sleep(0.01)

    def end(self):
        self.over.set()
        for thread in self.threads:
            thread.join()
        self.all = sorted(answer for answers in self.lists for answer in answers)
        return self


def deployd(*words):
    return subprocess.run([program, *words, "--config", configuration], capture_output=True, text=True)


def drained():
    while len(json.loads(deployd("status", "--json").stdout)["generations"]) > 1:
        time.sleep(0.02)


run = Run()
done = deployd("deploy", "v2")
time.sleep(0.5)
run.end()
began = next(at for at, version in run.new if version == "v2")
watched = [version for at, version in run.all if began <= at <= began + watch]
share = 100 * watched.count("v2") / len(watched)
last = max((at for at, version in run.all if version == "v1" and at > began), default=began)
print(f"deploy    {watched.count('v2')} of {len(watched)} requests in the watch by the new release: {share:.1f} %; "
      f"the old one's last answer {1000 * (last - began):.0f} ms after the cut-over", flush=True)
failures += done.returncode != 0 or share < 90
drained()

run = Run(probing=False)
began = time.monotonic()
done = deployd("deploy", "bad")
time.sleep(1)
run.end()
wrong = [at for at, version in run.all if version == "bad"]
first_back = min((answers[i][0] for answers in run.lists for i in range(1, len(answers))
                  if answers[i - 1][1] == "bad" and answers[i][1] == "v2"), default=None)
if done.returncode == 0:
    print(f"bad       committed, {len(wrong)} bad answers", flush=True)
elif first_back is None:
    print(f"bad       {done.stderr}", flush=True)
    failures += 1
else:
    print(f"bad       taken back {1000 * (first_back - wrong[0]):.0f} ms after the first bad answer, {len(wrong)} bad "
          f"answers, the last {1000 * (wrong[-1] - first_back):.0f} ms after the first user was back", flush=True)
failures += done.returncode == 0
drained()
if done.returncode == 0:
    done = deployd("deploy", "v2")
    assert done.returncode == 0, done.stderr
    drained()

run = Run(probing=False)
deploy = subprocess.Popen(
    [program, "deploy", "v1", "--canary=10", "--config", configuration], stdout=subprocess.DEVNULL,
    stderr=subprocess.DEVNULL)
while json.loads(deployd("status", "--json").stdout).get("deployment", {}).get("canaryPercent") != 10:
    time.sleep(0.02)
time.sleep(0.5)
began = time.monotonic()
time.sleep(watch)
ended = time.monotonic()
deployd("abort")
deploy.wait()
run.end()
seen = [version for at, version in run.all if began <= at <= ended]
moves = sum(answers[i - 1][1] == "v1" and answers[i][1] == "v2" for answers in run.lists
            for i in range(1, len(answers)) if answers[i][0] <= ended)
print(f"canary    {seen.count('v1')} of {len(seen)} requests by the new release: {100 * seen.count('v1') / len(seen):.1f} %; "
      f"{moves} clients went back before its end", flush=True)
if lost:
    print(f"{len(lost)} connections were lost: {lost[0]}")
sys.exit(1 if failures or lost else 0)
P
