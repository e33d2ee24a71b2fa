#!/usr/bin/env bash
# What users feel of deploys: the same steady load with a deploy every so many seconds and without any, in turn. Latencies
# in microseconds, counted from when each request was due, and failed requests.
#
#   Benchmarks/steady.sh [SECONDS of each, 600] [EVERY, 2] [PARTS, 4]
#
# The load is half of what the same client gets out of the same two workers in five seconds, on 64 kept connections. Each
# of the two is measured in so many parts that take turns, so that what else goes on meets both. Exits with 1 when a
# request or a deploy failed, or when the p99.9 of the median part under deploys is more than 1.5 times the other one.
set -u -o pipefail
# shellcheck source=Benchmarks/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
seconds="${1:-600}"
every="${2:-2}"
parts="${3:-4}"
failed_deploys=0
deploys=0

load() { # REPORT SECONDS OPTION…
    "$products/strict-load" "$address" --mode keepalive --connections 64 --duration "$2s" --json \
        --expect-body-any 'v1\n' --expect-body-any 'v2\n' "${@:3}" >"$1"
}

start_server 2 0
load "$site/most" 5
rate=$(python3 -c 'import json, sys; print(int(json.load(open(sys.argv[1]))["answersPerSecond"] / 2))' "$site/most")
echo "$rate requests a second, half of what two workers gave; parts of $((seconds / parts)) s"
for ((part = 1; part <= parts; part++)); do
    load "$site/quiet.$part" $((seconds / parts)) --rate "$rate"
    load "$site/deploys.$part" $((seconds / parts)) --rate "$rate" &
    client=$!
    next=$(date +%s%N)
    while kill -0 "$client" 2>/dev/null; do
        next=$((next + every * 1000000000))
        deploys=$((deploys + 1))
        deployd deploy "v$((deploys % 2 + 1))" >"$site/deploy" 2>&1 ||
            { failed_deploys=$((failed_deploys + 1)); cat "$site/deploy" >&2; }
        rest=$((next - $(date +%s%N)))
        [ "$rest" -le 0 ] || sleep "$((rest / 1000000000)).$(printf %09d $((rest % 1000000000)))"
    done
    wait "$client"
    wait_until_drained
done

python3 - "$site" "$parts" "$deploys" "$failed_deploys" <<'P'
import json, statistics, sys
site, parts, deploys, failed_deploys = sys.argv[1], *map(int, sys.argv[2:])
names = ["p50", "p99", "p999", "max"]
kinds, median = {"no deploys": "quiet", f"{deploys} deploys": "deploys"}, {}
failed = failed_deploys
print(f"{'':14}{'part':>6}{'answered':>11}{'failed':>8}" + "".join(f"{name:>9}" for name in names))
for title, kind in kinds.items():
    reports = [json.load(open(f"{site}/{kind}.{part + 1}")) for part in range(parts)]
    for part, report in enumerate(reports):
        failed += report["failed"]
        print(f"{title:14}{part + 1:>6}{report['answered']:>11}{report['failed']:>8}"
              + "".join(f"{report['latency'][name] / 1e3:>9.0f}" for name in names))
        title = ""
    median[kind] = {name: statistics.median(report["latency"][name] for report in reports) for name in names}
ratio = {name: median["deploys"][name] / median["quiet"][name] for name in names}
print(f"{'of medians':39}" + "".join(f"{ratio[name]:>9.2f}" for name in names))
print(f"failed deploys: {failed_deploys}")
sys.exit(1 if failed or ratio["p999"] > 1.5 else 0)
P
