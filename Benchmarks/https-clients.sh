#!/usr/bin/env bash
# Other people's clients over deploys: curl, openssl s_client, Python, Go, Java and Chromium, each with one connection over TLS 1.3 and
# a request every 20 ms, over so many deploys, a SIGKILL of the master and an upgrade of it. The packets on the loopback interface
# tell how many connections each opened, how many handshakes it began, and how many connections the server closed. Exits with 1
# when a request failed, or any of the three counts rose behind the first deploy.
#
#   Benchmarks/https-clients.sh [DEPLOYS, 10] [CLIENT …, curl openssl python go java chromium]
#
# Needs root and openssl. A client that is not installed is SKIPPED.
set -u -o pipefail
# shellcheck source=Benchmarks/https-server.sh
source "$(dirname "${BASH_SOURCE[0]}")/https-server.sh"
deploys="${1:-10}"
clients=("${@:2}")
[ "${#clients[@]}" -gt 0 ] || clients=(curl openssl python go java chromium)
code="$here/Benchmarks/Clients"
[ "$(id -u)" = 0 ] || { echo "https-clients.sh looks at packets, which needs root" >&2; exit 1; }

lacks() {
    echo "SKIPPED $1: $2" >&2
    false
}

# Whether a client can be started: all that it needs is there.
is_there() {
    local program="$1"
    case "$1" in
        python) program=python3 ;;
        java) program=javac ;;
    esac
    command -v "$program" >/dev/null || lacks "$1" "$program is not installed"
}

running=()
present=()
for client in "${clients[@]}"; do is_there "$client" && present+=("$client"); done
[ "${#present[@]}" -gt 0 ] || { echo "no client is installed" >&2; exit 1; }

start_https_server 2 "${#present[@]}"
end_clients() {
    end_processes "${running[@]}"
    stop_server
}
trap end_clients EXIT
for version in v1 v2; do cp "$code/poll.html" "$site/releases/$version/public/"; done
deployd restart >"$site/restart" || exit 1
wait_until_drained
stop="$site/stop"
issuer="$site/issuer.pem"

# Has a client ask at a port, in the place of this process.
ask() {
    case "$1" in
        curl)
            exec stdbuf -oL curl -sS --cacert "$issuer" --tlsv1.3 --rate 3000/m --max-time 10 -o /dev/null \
                -w '%{http_code} %{num_connects}\n' --resolve "localhost:$2:127.0.0.2" "https://localhost:$2/version?[1-1000000]"
            ;;
        openssl) exec python3 "$code/openssl.py" "$2" "$issuer" "$stop" ;;
        python) exec python3 "$code/client.py" "$2" "$issuer" "$stop" ;;
        go) exec "$site/client" "$2" "$issuer" "$stop" ;;
        java) exec java -cp "$site" Client "$2" "$issuer" "$stop" ;;
        chromium)
            exec chromium --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$site/chromium" \
                --disable-background-networking --no-first-run --enable-logging=stderr --log-level=0 \
                --ignore-certificate-errors-spki-list="$fingerprint" --host-resolver-rules="MAP localhost 127.0.0.2" \
                "https://localhost:$2/poll.html"
            ;;
    esac
}

fingerprint="$(openssl x509 -in "$site/localhost.pem" -pubkey -noout | openssl pkey -pubin -outform der |
    openssl dgst -sha256 -binary | base64)"
for client in "${present[@]}"; do
    case "$client" in
        go) GOCACHE="$site/cache" GOFLAGS=-mod=mod GO111MODULE=off go build -o "$site/client" "$code/client.go" || exit 1 ;;
        java) javac -d "$site" "$code/Client.java" || exit 1 ;;
    esac
done

python3 "$code/connections.py" "${secure[@]##*:}" >"$site/connections" 2>"$site/connections.log" &
watcher=$!
running+=("$watcher")
until grep -qs ready "$site/connections.log"; do kill -0 "$watcher" || { cat "$site/connections.log" >&2; exit 1; }; done
for index in "${!present[@]}"; do
    client="${present[index]}"
    (ask "$client" "${secure[index]##*:}") >"$site/out.$client" 2>"$site/err.$client" &
    running+=($!)
done

# Whether each client has a connection.
all_are_connected() {
    local port
    for port in "${secure[@]##*:}"; do
        [ -n "$(ss -Htn state established "( sport = :$port )")" ] || return 1
    done
}
tries=0
until all_are_connected; do
    tries=$((tries + 1))
    [ "$tries" -lt 300 ] || { echo "not all clients are connected after 60 s" >&2; tail -n 3 "$site"/err.* >&2; exit 1; }
    sleep 0.2
done
sleep 3
kill -USR1 "$watcher"
for ((number = 1; number <= deploys; number++)); do
    deployd deploy "v$((number % 2 + 1))" >"$site/deploy" 2>&1 || { cat "$site/deploy" >&2; exit 1; }
    wait_until_drained
    sleep 0.3
done
kill_master
sleep 0.3
upgrade_master 1 || exit 1
deployd deploy v1 >"$site/deploy" 2>&1 || { cat "$site/deploy" >&2; exit 1; }
wait_until_drained
sleep 0.3
touch "$stop"
for index in "${!present[@]}"; do
    case "${present[index]}" in curl | chromium) kill "${running[index + 1]}" ;; esac
done
wait "${running[@]:1}" 2>/dev/null
kill "$watcher"
wait "$watcher"
echo "$((deploys + 1)) deploys, one kill of the master, one upgrade"
python3 - "$site" "${present[@]}" -- "${secure[@]##*:}" <<'P'
import json, re, sys
site, words = sys.argv[1], sys.argv[2:]
split = words.index("--")
seen = json.load(open(f"{site}/connections"))


def account(client):
    if client == "curl":
        lines = [line.split() for line in open(f"{site}/out.curl") if line.count(" ") == 1 and line.endswith("\n")]
        return {
            "asked": len(lines), "failed": sum(code != "200" for code, _ in lines), "fresh": sum(int(n) for _, n in lines)}
    if client == "chromium":
        return json.loads(re.findall(r'\{"asked": \d+, "failed": \d+, "fresh": -1\}', open(f"{site}/err.chromium").read())[-1])
    return json.load(open(f"{site}/out.{client}"))


print(f"{'client':10}{'asked':>8}{'failed':>8}{'fresh':>7}{'opened':>8}{'handshakes':>12}{'closed':>8}   behind the first deploy")
bad = 0
for client, port in zip(words[:split], words[split + 1:]):
    own, all_, late = account(client), seen[port], seen[port]["late"]
    fresh = "-" if own["fresh"] < 0 else own["fresh"]
    print(f"{client:10}{own['asked']:>8}{own['failed']:>8}{fresh:>7}{all_['opened']:>8}{all_['handshakes']:>12}{all_['closed']:>8}"
          f"   {late['opened']} opened, {late['handshakes']} handshakes, {late['closed']} closed")
    bad += own["failed"] > 0 or own["asked"] < 50 or own["fresh"] > 1 or any(late.values())
if bad:
    for client in words[:split]:
        print("".join(open(f"{site}/err.{client}").readlines()[-3:]), file=sys.stderr)
sys.exit(bad > 0)
P
