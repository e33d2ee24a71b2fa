#!/usr/bin/env bash
# Attacks by slow clients: heads that never end (slowloris), bodies that never end, answers that are never read, and the
# many ranges of "Apache killer", each by slowhttptest. Other users ask 500 times a second meanwhile: their p99 in
# microseconds beside what it was in peace, how many of them failed, and the worker's largest memory.
#
#   slow-clients.sh [CONNECTIONS=1000] [SECONDS=30]
#
# One worker. Needs slowhttptest, python3, and swift build -c release.
set -u -o pipefail
# shellcheck source=Benchmarks/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
connections="${1:-1000}"
seconds="${2:-30}"
command -v slowhttptest >/dev/null || { echo "missing: slowhttptest" >&2; exit 1; }
ulimit -n "$(ulimit -Hn)"

start_server 1 0
head -c 1048576 /dev/urandom >"$site/releases/v1/public/large.bin"
worker="$(of_status "s['generations'][0]['workers'][0]['pid']")"

private() { awk '/^Private_Dirty/ { print $2 }' "/proc/$worker/smaps_rollup"; }
# Other users for so long: their p99 and failures; beside them the worker's largest memory.
others() { # NAME
    local report largest=0 now
    "$products/strict-load" "$address" --mode keepalive --connections 16 --rate 500 --duration "${seconds}s" \
        --expect-body-any 'v1\n' --json >"$site/report" &
    local load=$!
    while kill -0 "$load" 2>/dev/null; do
        now=$(private) && [ "$now" -gt "$largest" ] && largest=$now
        sleep 0.2
    done
    wait "$load"
    python3 - "$site/report" "$1" "$largest" "$2" <<'PYTHON'
import json, sys
report = json.load(open(sys.argv[1]))
latency = report["latency"]
print(f"{sys.argv[2]:28}{latency['p50'] / 1e3:8.0f}{latency['p99'] / 1e3:8.0f}{latency['max'] / 1e3:9.0f}"
      f"{report['failed']:8}{int(sys.argv[3]):11}  {sys.argv[4]}", flush=True)
sys.exit(1 if report["failed"] else 0)
PYTHON
}

failed=0
attack() { # NAME OPTION…
    slowhttptest -c "$connections" -r 1000 -l "$seconds" -p 5 "${@:2}" >"$site/attack" 2>&1 &
    local attacker=$!
    sleep 2
    local held
    held="$(of_status "s['generations'][0]['scoreboard']['connections']")"
    others "$1" "$held connections held" || failed=1
    kill "$attacker" 2>/dev/null
    wait "$attacker" 2>/dev/null
}

printf '%-28s%8s%8s%9s%8s%11s\n' "others' µs under" p50 p99 longest failed KiB
others "no attack" "" || failed=1
attack "slow heads" -H -i 10 -x 24 -u "http://$address/version"
attack "slow bodies" -B -i 10 -s 8192 -x 10 -u "http://$address/echo"
attack "slow readers" -X -w 512 -y 1024 -n 5 -z 32 -k 3 -u "http://$address/large.bin"
attack "many ranges" -R -a 1 -b 3000 -u "http://$address/large.bin"
others "none any more" "" || failed=1
exit "$failed"
