#!/usr/bin/env bash
# A worker of deployd beside nginx with the same libssl, over TLS 1.3: full and resumed handshakes (each with one request), requests
# on 64 kept connections, and files of 1 KiB, 100 KiB and 1 MiB. Processor time of the server per request, in microseconds, as the
# median of the rounds; beside it what it is of nginx's in the same round, with the middle half of the rounds.
#
#   https.sh [SECONDS=1] [ROUNDS=9] [CASE …]       CASE: full resumed keepalive 1k 100k 1m
#
# KEY=rsa takes an RSA key of 2,048 bits in place of ECDSA on P-256. TLS=1.2 has both speak that version.
# Each server has one worker on the first core and logs nothing; the client is on the second. The worker is started by hand, with the
# lane and the keys that a master would give it. PRODUCTS=DIRECTORY names another build.
# Needs nginx, wrk, taskset, openssl, python3, and swift build -c release --product site-v1.
set -u -o pipefail
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
seconds="${1:-1}"
rounds="${2:-9}"
cases=("${@:3}")
[ "${#cases[@]}" -gt 0 ] || cases=(full resumed keepalive 1k 100k 1m)
for program in nginx wrk taskset openssl python3; do
    command -v "$program" >/dev/null || { echo "missing: $program" >&2; exit 1; }
done
[ -x "$products/site-v1" ] || { echo "$products/site-v1 is missing: swift build -c release --product site-v1" >&2; exit 1; }

site="$(mktemp -d "${TMPDIR:-/tmp}/deployd-bench-XXXXXX")" || exit 1
chmod 755 "$site"
peers=()
end_peers() {
    [ "${#peers[@]}" -eq 0 ] || kill "${peers[@]}" 2>/dev/null
    wait "${peers[@]}" 2>/dev/null
    rm -rf "$site"
}
trap end_peers EXIT

public="$site/release/public"
mkdir -p "$site/release" && cp -r "$here/releases/v1/public" "$site/release/" || exit 1
printf 'v1\n' >"$public/version"
for size in 1k:1024 100k:102400 1m:1048576; do
    head -c "${size#*:}" /dev/urandom >"$public/${size%:*}.bin"
done
algorithm=(ec -pkeyopt ec_paramgen_curve:P-256)
[ "${KEY:-ec}" = rsa ] && algorithm=(rsa:2048)
openssl req -x509 -nodes -days 30 -subj /CN=localhost -addext subjectAltName=DNS:localhost -newkey "${algorithm[@]}" \
    -keyout "$site/key.pem" -out "$site/certificate.pem" 2>/dev/null || exit 1

nginx_port=$(free_port)
port=$(free_port)
cat >"$site/nginx.conf" <<CONFIG
worker_processes 1; daemon off; pid $site/nginx.pid; error_log stderr crit;
events { worker_connections 1024; }
http {
    access_log off; keepalive_requests 1000000000; sendfile on; tcp_nopush on;
    open_file_cache max=100; types { } default_type application/octet-stream;
    $(nginx_paths "$site")
    ssl_certificate $site/certificate.pem; ssl_certificate_key $site/key.pem;
    ssl_protocols TLSv1.2 TLSv1.3; ssl_prefer_server_ciphers off; ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;
    ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256;
    server { listen 127.0.0.1:$nginx_port ssl; root $public; location = /version { return 200 "v1\n"; } }
}
CONFIG
taskset -c 0 nginx -c "$site/nginx.conf" 2>>"$site/errors" & peers+=($!); nginx=$!

# The worker with what a master gives: a lane at descriptor 3, keys in a file in memory at 4.
cat >"$site/start.py" <<'PYTHON'
import os, socket, struct, sys
program, port, site = sys.argv[1:4]
counted = lambda data: struct.pack(">I", len(data)) + data
bundle = b"DPDTLS\0\1" + struct.pack(">H", 1) + counted(open(f"{site}/certificate.pem", "rb").read())
bundle += counted(open(f"{site}/key.pem", "rb").read()) + struct.pack(">H", 1) + os.urandom(80)
keys = os.memfd_create("deployd-tls")
os.write(keys, bundle)
lane = socket.socket()
lane.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
lane.bind(("127.0.0.1", int(port)))
lane.listen(1024)
high = [os.dup(lane.fileno()), os.dup(keys)]
for number, target in zip([os.dup2(one, 20 + i) for i, one in enumerate(high)], (3, 4)):
    os.dup2(number, target, inheritable=True)
os.environ.update(
    LISTEN_FDS="1", LISTEN_FDNAMES="web", DEPLOYD_TLS="4", DEPLOYD_TLS_LISTENERS="web", DEPLOYD_RELEASE=f"{site}/release",
    LISTEN_PID=str(os.getpid()))
os.closerange(5, 64)
os.execv(program, [program])
PYTHON
taskset -c 0 python3 "$site/start.py" "$products/site-v1" "$port" "$site" 2>>"$site/errors" & peers+=($!); worker=$!

python3 - "$seconds" "$rounds" "${TLS:-1.3}" "deployd=$worker=127.0.0.1:$port" "nginx=$nginx=127.0.0.1:$nginx_port" -- \
    "${cases[@]}" <<'PYTHON'
import os, re, socket, ssl, statistics, subprocess, sys, time, urllib.request

seconds, rounds, version = float(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
split = sys.argv.index("--")
servers = [word.split("=") for word in sys.argv[4:split]]
every = {
    "full": ("full handshake", "/version", 3), "resumed": ("resumed handshake", "/version", 3),
    "keepalive": ("constant answer", "/version", 3), "1k": ("1 KiB file", "/1k.bin", 1024),
    "100k": ("100 KiB file", "/100k.bin", 102400), "1m": ("1 MiB file", "/1m.bin", 1048576),
}
context = ssl._create_unverified_context()
context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, "TLSv" + version.replace(".", "_"))
os.sched_setaffinity(0, {1})


def spent(pid):
    family = [pid] + subprocess.run(["pgrep", "-P", pid], capture_output=True, text=True).stdout.split()
    return sum(
        int(open(f"/proc/{one}/task/{task}/schedstat").read().split()[0])
        for one in family for task in os.listdir(f"/proc/{one}/task")) / 1000


def expect(address, path, length):
    for _ in range(250):
        try:
            with urllib.request.urlopen(f"https://{address}{path}", timeout=5, context=context) as answer:
                assert len(answer.read()) == length, f"{address}{path} is not {length} bytes long"
                return
        except OSError:
            time.sleep(0.02)
    sys.exit(f"nobody answers at {address}{path}")


def ask(address, session):
    host, port = address.split(":")
    with context.wrap_socket(socket.create_connection((host, int(port))), server_hostname="localhost", session=session) as client:
        client.sendall(b"GET /version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        got = b""
        while piece := client.recv(65536):
            got += piece
        assert got.endswith(b"v1\n"), got
        assert client.session_reused == (session is not None), "the session was not resumed"
        return client.session


def shake(address, resumed):
    """Connections with a request each; how many."""
    session = ask(address, None) if resumed else None
    until, count = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        after = ask(address, session)
        session = after if resumed else None
        count += 1
    return count


def load(address, path):
    text = subprocess.run(
        ["taskset", "-c", "1", "wrk", "-t1", "-c64", f"-d{seconds:g}s", f"https://{address}{path}"], capture_output=True, text=True,
        check=True).stdout
    wrong = re.search(r"Non-2xx or 3xx responses|Socket errors", text)
    assert not wrong, text
    return int(re.search(r"(\d+) requests in", text)[1])


def run(name, pid, address):
    before = spent(pid)
    count = shake(address, name == "resumed") if name in ("full", "resumed") else load(address, every[name][1])
    return (spent(pid) - before) / count


print(f"{'':20}{'server':10}{'µs/request':>12}{'of nginx':>10}{'middle half':>14}")
for name in sys.argv[split + 1:]:
    title, path, length = every[name]
    costs = {server: [] for server, _, _ in servers}
    for server, pid, address in servers:
        expect(address, path, length)
        run(name, pid, address)
    for _ in range(rounds):
        for server, pid, address in servers:
            costs[server].append(run(name, pid, address))
    for server, all_costs in costs.items():
        ratios = [a / b for a, b in zip(all_costs, costs["nginx"])]
        low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
        print(f"{title:20}{server:10}{statistics.median(all_costs):12.2f}{middle:10.2f}{low:9.2f}-{high:.2f}", flush=True)
        title = ""
PYTHON
result=$?
[ "$result" -eq 0 ] || cat "$site/errors" >&2
exit "$result"
