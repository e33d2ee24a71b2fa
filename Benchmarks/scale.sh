#!/usr/bin/env bash
# How long a deploy takes with ever more workers, and with ever more listeners: the median of so many, without a watch. BEFORE
# names a folder of programs that were built earlier, which take turns with these.
#
#   Benchmarks/scale.sh [DEPLOYS, 5]
set -u -o pipefail
# shellcheck source=Benchmarks/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
deploys="${1:-5}"
builds=("$products")
[ -n "${BEFORE:-}" ] && builds=("$BEFORE" "$products")
results="$(mktemp)" || exit 1

nanoseconds_on_cpu() { cut -d" " -f1 "/proc/$master/schedstat"; }

# measure WHAT COUNT WORKERS LISTENERS
measure() {
    local number begin end cpu
    for products in "${builds[@]}"; do
        start_server "$3" 0 "$4"
        trap 'stop_server; rm -f "$results"' EXIT
        for ((number = 1; number <= deploys; number++)); do
            cpu=$(nanoseconds_on_cpu)
            begin=$(date +%s%N)
            deployd deploy "v$((number % 2 + 1))" >"$site/out" 2>&1 || { cat "$site/out" >&2; exit 1; }
            end=$(date +%s%N)
            cpu=$(($(nanoseconds_on_cpu) - cpu))
            wait_until_drained
            echo "$1 $2 $products $((end - begin)) $cpu $(($(date +%s%N) - end))" >>"$results"
        done
        stop_server
        wait "$master"
    done
}

for count in 1 10 50 150; do measure workers "$count" "$count" 1; done
for count in 1 10 50 250; do measure listeners "$count" 1 "$count"; done

python3 - "$results" "${builds[@]}" <<'P'
import collections, statistics, sys
runs = collections.defaultdict(list)
for line in open(sys.argv[1]):
    what, count, build, *times = line.split()
    runs[build, what, int(count)].append([int(time) / 1e6 for time in times])
for build in sys.argv[2:]:
    for what in ("workers", "listeners"):
        print(f"{build}\n{what:>12}  {'deploy':>9}  {'for each':>9}  {'master':>9}  {'for each':>9}  {'drained':>9}")
        rows = {n: [statistics.median(column) for column in zip(*values)]
                for (b, w, n), values in sorted(runs.items()) if (b, w) == (build, what)}
        for n, (deploy, cpu, drained) in rows.items():
            each = [f"{(value - one) / (n - 1):9.2f}" if n > 1 else " " * 9
                    for value, one in ((deploy, rows[1][0]), (cpu, rows[1][1]))]
            print(f"{n:>12}  {deploy:9.1f}  {each[0]}  {cpu:9.1f}  {each[1]}  {drained:9.1f}")
print("Medians in ms. deploy: the command, its own start included; master: processor time of the master's one thread in it;")
print("for each: what one more costs beside the first; drained: from the deploy's end until the old generation is gone.")
P
