#!/usr/bin/env bash
# Upgrades the master many times under each of the four loads, each time to another file, with a deploy after every
# fifth; and counts what failed. Somebody asks for the status all the while. Exits with 1 when anything failed, or when
# the master's pid or a worker's has changed without a deploy.
#
#   Benchmarks/upgrades.sh [UPGRADES a load, 50] [LOAD …, keepalive close idle post]
set -u -o pipefail
# shellcheck source=Benchmarks/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
upgrades="${1:-50}"
loads=("${@:2}")
[ "${#loads[@]}" -gt 0 ] || loads=(keepalive close idle post)
failures=0

fail() { echo "$*" >&2; failures=$((failures + 1)); }

row() {
    python3 - "$@" <<'P'
import json, sys
path, mode, upgrades, statuses, took = sys.argv[1:]
report = json.load(open(path))
took = sorted(float(line) for line in open(took))
late = report["latency"]
kinds = ", ".join(f"{k} {v}" for k, v in report["failures"].items() if v)
print(f"{mode:<9}  {upgrades:>8}  {report['answered']:>9}  {report['failed']:>6}  {statuses:>8}"
      f"  {took[len(took) // 2]:>8.1f}  {took[-1]:>8.1f}  {late['p99'] / 1e6:>7.2f}"
      f"  {report['longestGap']['length'] / 1e6:>7.1f}  {kinds}")
sys.exit(0 if report["perfect"] else 1)
P
}

pids() { of_status "[w['pid'] for g in s['generations'] if g['number'] == s['serving'] for w in g['workers']]"; }

load() {
    local mode=$1 words=() connections=32 number client asker before
    [ "$mode" = idle ] && connections=64 && words+=(--think 0s-1s)
    [ "$mode" = post ] || words+=(--expect-body-any 'v1\n' --expect-body-any 'v2\n')
    "$products/strict-load" "$address" --mode "$mode" --connections "$connections" --json "${words[@]}" \
        >"$site/report" &
    client=$!
    : >"$site/statuses"
    while true; do status >/dev/null 2>>"$site/asker" && echo 1 >>"$site/statuses" || echo bad >>"$site/asker"; done &
    asker=$!
    : >"$site/took"
    for ((number = 1; number <= upgrades; number++)); do
        before="$(pids)"
        deployd upgrade --json "$site/program$((number % 2))/deployd" >"$site/upgrade" 2>&1 ||
            fail "upgrade $number: $(cat "$site/upgrade")"
        python3 -c "import json, sys; print(json.loads(sys.stdin.readlines()[-1])['milliseconds'])" \
            <"$site/upgrade" >>"$site/took"
        [ "$(of_status "s['master']['pid']")" = "$master" ] || fail "upgrade $number: another pid"
        [ "$(pids)" = "$before" ] || fail "upgrade $number: other workers"
        if [ $((number % 5)) = 0 ]; then
            deployd deploy "v$((number / 5 % 2 + 1))" >"$site/deploy" 2>&1 || fail "$(cat "$site/deploy")"
        fi
    done
    kill "$asker"
    wait "$asker" 2>/dev/null
    kill -INT "$client"
    wait "$client"
    grep -q . "$site/asker" && fail "a status failed: $(sort "$site/asker" | uniq -c)"
    : >"$site/asker"
    row "$site/report" "$mode" "$upgrades" "$(wc -l <"$site/statuses")" "$site/took" || failures=$((failures + 1))
    wait_until_drained
}

start_server 2 0
: >"$site/asker"
for number in 0 1; do
    mkdir "$site/program$number"
    cp "$products"/{deployd,site-v1,site-v2} "$site/program$number/"
done
echo "load       upgrades   answered  failed  statuses    p50 ms    max ms   p99 ms   gap ms"
for mode in "${loads[@]}"; do load "$mode"; done
exit $((failures > 0))
