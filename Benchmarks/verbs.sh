#!/usr/bin/env bash
# Verbs in a random order (deploys of good and of broken releases, canaries, roll-backs, scale, reload, upgrade) under the four
# strict loads, with kills of the master and the keeper of its lanes in between, each started again by hand. Exits with 1 when
# a request failed, or when a connection that had requests all the time waited longer than the limit.
#
#   Benchmarks/verbs.sh [SECONDS, 360] [KILLS, 56] [LIMIT in milliseconds, 50] [SEED]
set -u -o pipefail
# shellcheck source=Benchmarks/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
seconds="${1:-360}"
kills="${2:-56}"
limit="${3:-50}"
RANDOM="${4:-$$}"
failures=0
declare -A done=()

start_server 2 200ms
for version in v1 v2; do
    mkdir -p "$site/releases/canary-$version"
    cp -r "$site/releases/$version/public" "$site/releases/canary-$version/"
    echo "{ command: [\"site-$version\"], health: { path: \"/healthz\" }, watch: \"200ms\"," \
        "canary: [{ percent: 10, for: \"200ms\" }, { percent: 50, for: \"200ms\" }] }" \
        >"$site/releases/canary-$version/release.json"
done
mkdir -p "$site/releases/broken" "$site/releases/ends"
echo '{ command: ["false"] }' >"$site/releases/broken/release.json"
echo '{ command: ["sh", "-c", "exec site-v1"], health: { path: "/none" }, readyTimeout: "300ms" }' >"$site/releases/ends/release.json"

verb() {
    case $((RANDOM % 12)) in
    0 | 1 | 2) echo "deploy v$((RANDOM % 2 + 1))" ;;
    3 | 4) echo "deploy canary-v$((RANDOM % 2 + 1))" ;;
    5) echo "deploy broken" ;;
    6) echo "deploy ends" ;;
    7) echo rollback ;;
    8) echo "scale $((RANDOM % 3 + 1))" ;;
    9) echo reload ;;
    10) echo upgrade ;;
    11) echo restart ;;
    esac
}

begin_loads
began=$SECONDS
killed=0
while [ $((SECONDS - began)) -lt "$seconds" ]; do
    words=$(verb)
    done[${words%% *}]=$((${done[${words%% *}]:-0} + 1))
    # shellcheck disable=SC2086
    deployd $words >"$site/said" 2>&1 &
    client=$!
    # Kills are spread over the time.
    if [ $((killed * seconds)) -lt $((kills * (SECONDS - began))) ]; then
        sleep "$(printf '0.%03d' $((RANDOM % 600)))"
        # shellcheck disable=SC2046
        kill -KILL "$master" $(pgrep -f -- "__keep [0-9]+ $site/state/keeper.sock")
        killed=$((killed + 1))
        wait "$master" 2>/dev/null
        wait "$client"
        "$products/deployd" start --config "$site/deployd.json" 2>>"$site/journal" &
        master=$!
        until status >/dev/null 2>&1; do
            kill -0 "$master" 2>/dev/null || { tail -n 3 "$site/journal" >&2; exit 1; }
        done
    else
        wait "$client"
    fi
done
echo "$killed kills of master and keeper; verbs: $(for word in "${!done[@]}"; do printf '%s %s  ' "$word" "${done[$word]}"; done)"
end_loads || failures=1
python3 - "$site" "$limit" <<'P' || failures=1
import json, sys
gaps = {mode: json.load(open(f"{sys.argv[1]}/report.{mode}"))["longestGap"]["length"] / 1e6 for mode in ("keepalive", "close")}
print("longest gap of connections with requests all the time: " + ", ".join(f"{k} {v:.0f} ms" for k, v in gaps.items()))
sys.exit(max(gaps.values()) > float(sys.argv[2]))
P
exit "$failures"
