#!/usr/bin/env bash
# Deploys v1 and v2 in turn under each of the four loads, and counts what failed. Exits with 1 when anything did.
#
#   Benchmarks/deploys.sh [DEPLOYS a load, 100] [ROUNDS, 2] [LOAD …, keepalive close idle post]
#
# A further load is `crowd`: 1000 kept connections that think up to 5 s, so that nearly all are idle at each deploy. Here a
# connection that the server closes, announced or not, counts as failed too.
set -u -o pipefail
# shellcheck source=Benchmarks/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
deploys="${1:-100}"
rounds="${2:-2}"
loads=("${@:3}")
[ "${#loads[@]}" -gt 0 ] || loads=(keepalive close idle post)
failures=0

# The row of a load, from the client's report; fails when a request failed or, with `close`, an epoch is amiss.
row() {
    python3 - "$@" <<'P'
import json, sys
path, round_, mode, deploys, failed_deploys = sys.argv[1], *sys.argv[2:4], int(sys.argv[4]), int(sys.argv[5])
report = json.load(open(path))
epochs = len(report["versions"]["epochs"])
kinds = ", ".join(f"{k} {v}" for k, v in report["failures"].items() if v)
late = report["latency"]
print(f"{round_:>5}  {mode:<9}  {deploys:>7}  {failed_deploys:>6}  {report['answered']:>9}  {report['failed']:>6}"
      f"  {epochs if mode == 'close' else '-':>6}  {late['p50'] / 1e6:>7.2f}  {late['p99'] / 1e6:>7.2f}"
      f"  {report['longestGap']['length'] / 1e6:>7.1f}  {kinds}")
if mode == "crowd" and report["serverSaidClose"]:
    print(f"{report['serverSaidClose']} connections were closed")
    sys.exit(1)
good = report["perfect"] and not failed_deploys and (mode != "close" or epochs == deploys + 1)
sys.exit(0 if good else 1)
P
}

load() {
    local round=$1 mode=$2 words=() connections=32 bad=0 number client way=$2
    [ "$mode" = crowd ] && way=idle && connections=1000 && words+=(--think 0s-5s)
    [ "$mode" = idle ] && connections=64 && words+=(--think 0s-1s)
    [ "$mode" = close ] && words+=(--monotonic --allow-cycle)
    [ "$mode" = post ] || words+=(--expect-body-any 'v1\n' --expect-body-any 'v2\n')
    "$products/strict-load" "$address" --mode "$way" --connections "$connections" --json "${words[@]}" \
        >"$site/report" &
    client=$!
    for ((number = 1; number <= deploys; number++)); do
        deployd deploy "v$((number % 2 + 1))" >"$site/deploy" 2>&1 || { bad=$((bad + 1)); cat "$site/deploy" >&2; }
    done
    kill -INT "$client"
    wait "$client"
    row "$site/report" "$round" "$mode" "$deploys" "$bad" || failures=$((failures + 1))
    # The next load begins with v1 serving.
    [ $((deploys % 2)) = 0 ] || deployd deploy v1 >/dev/null
    wait_until_drained
}

start_server 2 0
echo "round  load       deploys  failed   answered  failed  epochs  p50 ms   p99 ms   gap ms"
for ((round = 1; round <= rounds; round++)); do
    for mode in "${loads[@]}"; do load "$round" "$mode"; done
done
exit $((failures > 0))
