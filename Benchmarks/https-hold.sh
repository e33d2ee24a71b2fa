#!/usr/bin/env bash
# So many idle and 64 busy connections over TLS 1.3 that stay open over deploys, kills of the master (SIGKILL at a random instant of
# a deploy) and upgrades of it: closed connections, handshakes after the first, failed requests, and how long the hand-over of all
# of them takes (two workers). Before that the same for as many connections without TLS, over a few deploys. The packets on the loopback
# interface are counted too. Exits with 1 when a connection was closed or opened again, or a request failed.
#
#   Benchmarks/https-hold.sh [CONNECTIONS, 10000] [DEPLOYS, 100] [KILLS, 20] [UPGRADES, 20]
#
# Needs root, openssl, and a limit of descriptors (`ulimit -n`) that is above the number of connections: a worker takes half as many
# connections from one that drains as it may have descriptors.
set -u -o pipefail
# shellcheck source=Benchmarks/https-server.sh
source "$(dirname "${BASH_SOURCE[0]}")/https-server.sh"
connections="${1:-10000}"
deploys="${2:-100}"
kills="${3:-20}"
upgrades="${4:-20}"
busy=64
workers=2
processes=4
code="$here/Benchmarks/Clients"
[ "$(id -u)" = 0 ] || { echo "https-hold.sh looks at packets and maps, which needs root" >&2; exit 1; }
ulimit -n "$(ulimit -Hn)"
[ "$(ulimit -n)" -gt $((connections + 1000)) ] ||
    { echo "the limit of descriptors is $(ulimit -n): $connections connections need $((connections + 1000))" >&2; exit 1; }

start_https_server "$workers" 1
holders=()
watcher=
# shellcheck disable=SC2317
end_all() {
    end_processes "${holders[@]}" ${watcher:+"$watcher"}
    stop_server
}
trap end_all EXIT

# Opens all the connections to an address, over TLS if the issuer is given, and waits until each has had an answer.
hold() {
    local number source ready=0 tries=0
    rm -f "$site/stop" "$site"/held.*
    holders=()
    for ((number = 0; number < processes; number++)); do
        source="127.0.0.$((10 + number))"
        python3 "$code/hold.py" "$1" $((connections / processes)) $((busy / processes)) "$source" "$site/stop" "${@:2}" \
            >"$site/held.$number.json" 2>"$site/held.$number.log" &
        holders+=($!)
    done
    until [ "$ready" = "$processes" ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 1200 ] || { echo "the connections are not open after 10 minutes" >&2; tail -n 2 "$site"/held.*.log >&2; exit 1; }
        sleep 0.5
        ready="$(grep -lx ready "$site"/held.*.log | wc -l)"
    done
}

# Has each connection ask once more, and prints what became of all.
release() {
    touch "$site/stop"
    wait "${holders[@]}"
    holders=()
    python3 - "$1" "$site" $((connections + busy)) <<'P'
import glob, json, statistics, sys
all_ = [json.load(open(path)) for path in glob.glob(f"{sys.argv[2]}/held.*.json")]
total = lambda key: sum(one[key] for one in all_)
rows = [line.split() for line in open(f"{sys.argv[2]}/took.{sys.argv[1]}")]
took = sorted(float(row[1]) for row in rows)
print(f"{sys.argv[1]}: {total('open')} of {sys.argv[3]} open, {total('closed')} closed; {total('asked')} requests, {total('failed')} failed, "
      f"longest answer {max(one['longest'] for one in all_) * 1e3:.0f} ms; hand-over median {statistics.median(took):.0f} ms, "
      f"{took[0]:.0f} to {took[-1]:.0f}")
sys.exit(total("closed") > 0 or total("failed") > 0 or total("open") != int(sys.argv[3]))
P
}

deployed=0
# A deploy, and a line of what its hand-over took.
measured_deploy() {
    deployed=$((deployed + 1))
    python3 "$code/handover.py" "$products/deployd" "$site/deployd.json" "$site/releases/v$((deployed % 2 + 1))" "$connections" \
        >>"$site/took.$1" || exit 1
}

failures=0
hold "$plain"
for ((number = 1; number <= (deploys < 10 ? deploys : 10); number++)); do measured_deploy plain; done
release plain || failures=1

python3 "$code/connections.py" "${secure[0]##*:}" >"$site/connections" 2>"$site/connections.log" &
watcher=$!
begun=$SECONDS
hold "${secure[0]}" "$site/issuer.pem"
echo "$((connections + busy)) handshakes in $((SECONDS - begun)) s"
kill -USR1 "$watcher"
killed=0
upgraded=0
for ((number = 1; number <= deploys; number++)); do
    measured_deploy TLS
    while [ $((killed * deploys)) -lt $((number * kills)) ]; do
        killed=$((killed + 1))
        deployed=$((deployed + 1))
        deployd deploy "v$((deployed % 2 + 1))" >"$site/deploy" 2>&1 &
        deploy=$!
        sleep "$(printf '0.%03d' $((RANDOM % 600)))"
        kill_master
        wait "$deploy"
        wait_until_drained
    done
    while [ $((upgraded * deploys)) -lt $((number * upgrades)) ]; do
        upgraded=$((upgraded + 1))
        upgrade_master "$upgraded" || failures=1
    done
done
echo "$number deploys, $killed kills of the master during further ones, $upgraded upgrades" | sed "s/^$number/$deploys/"
release TLS || failures=1
kill "$watcher"
wait "$watcher"
watcher=
python3 - "$site/connections" <<'P' || failures=1
import json, sys
late = next(iter(json.load(open(sys.argv[1])).values()))["late"]
print(f"by the packets, behind the first answers: {late['opened']} opened, {late['handshakes']} handshakes, {late['closed']} closed by the server")
sys.exit(any(late.values()))
P
[ "$failures" = 0 ] || grep -hv ready "$site"/held.*.log | sort | uniq -c | sort -rn | head -n 5 >&2
exit "$failures"
