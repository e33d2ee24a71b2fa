#!/usr/bin/env bash
# Kills the master (SIGKILL) at random instants of deploys under the four strict loads, starts it again by hand each time,
# and looks at what it went on with. With `both` the process that keeps the lanes for the next master is killed too, so that
# only the workers have them. Exits with 1 when a request failed or a state was not right.
#
#   Benchmarks/kills.sh [KILLS, 500] [MILLISECONDS, 300: the latest instant after the deploy was asked for, below 1000] [both]
set -u -o pipefail
# shellcheck source=Benchmarks/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
kills="${1:-500}"
latest="${2:-300}"
victims="${3:-master}"
failures=0
# What serves must be what `current` says, once the deploy under way is finished or undone; and no worker is left over.
check_state() {
    local tries=0
    until [ "$(of_status "s.get('deployment') is None")" = True ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 400 ] || { echo "kill $1: the deploy does not end"; return 1; }
    done
    # A JSON line of its own for what was found.
    of_status "next(g['path'] for g in s['generations'] if g['number'] == s['serving'])" >"$site/serving"
    [ "$(cat "$site/serving")" = "$(readlink -f "$site/current")" ] ||
        { echo "kill $1: $(cat "$site/serving") serves, current is $(readlink -f "$site/current")"; return 1; }
}

start_server 2 50ms
begin_loads
finished=0
keepers=0
for ((number = 1; number <= kills; number++)); do
    deployd deploy "v$((RANDOM % 2 + 1))" >"$site/deploy" 2>&1 &
    deploy=$!
    sleep "$(printf '0.%03d' $((RANDOM % (latest + 1))))"
    keeper=()
    [ "$victims" = both ] && keeper=($(pgrep -f -- "__keep [0-9]+ $site/state/keeper.sock"))
    keepers=$((keepers + ${#keeper[@]}))
    kill -KILL "$master" "${keeper[@]}"
    wait "$master" 2>/dev/null
    wait "$deploy" && finished=$((finished + 1))
    "$products/deployd" start --config "$site/deployd.json" 2>>"$site/journal" &
    master=$!
    until status >/dev/null 2>&1; do
        kill -0 "$master" 2>/dev/null || { tail -n 3 "$site/journal" >&2; exit 1; }
    done
    check_state "$number" || failures=$((failures + 1))
done
wait_until_drained
echo "$kills kills at 0 to $latest ms, $keepers with the keeper: $finished deploys had ended before, the others in history:"
deployd history --json -n 100000 | python3 -c "
import collections, json, sys
print('  ' + ', '.join(f'{n} {k}' for k, n in collections.Counter(json.loads(l)['outcome'] for l in sys.stdin).items()))"
end_loads || failures=$((failures + 1))
exit $((failures > 0))
