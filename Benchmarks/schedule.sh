#!/usr/bin/env bash
# A release with a job for each minute and one that must not overlap, over deploys, SIGKILLs of the master and upgrades in random
# order, one of them within 0.2 s of each full minute. The jobs write down what they do: no minute may be missing or come twice,
# and no two processes of a job may be at a time. Exits with 1 when one was, or when a state was not right.
#
#   Benchmarks/schedule.sh [DEPLOYS, 50] [KILLS, 20] [UPGRADES, 5] [SECONDS between them, 5]
set -u -o pipefail
# shellcheck source=Benchmarks/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
deploys="${1:-50}"
kills="${2:-20}"
upgrades="${3:-5}"
pace="${4:-5}"
failures=0

fail() { echo "$*" >&2; failures=$((failures + 1)); }

# Each takes a lock that only one may have, and says so when another has it.
write_jobs() {
    cat >"$site/minute" <<'J'
#!/bin/bash
mkdir "$FILE.lock" 2>/dev/null || echo "overlap $DEPLOYD_DUE" >>"$FILE"
echo "begin $DEPLOYD_DUE $DEPLOYD_GENERATION" >>"$FILE"
sleep $((RANDOM % 45))
echo "end $DEPLOYD_DUE" >>"$FILE"
rmdir "$FILE.lock"
J
    cat >"$site/queue" <<'J'
#!/bin/bash
mkdir "$FILE.lock" 2>/dev/null || echo "overlap" >>"$FILE"
echo "begin $DEPLOYD_GENERATION" >>"$FILE"
trap 'rmdir "$FILE.lock"; exit 0' TERM
while :; do sleep 0.1; done
J
    chmod +x "$site/minute" "$site/queue"
    local version
    for version in v1 v2; do
        cat >"$site/releases/$version/release.json" <<J
{ command: ["site-$version"], health: { path: "/healthz" }, watch: "50ms", processes: {
  minute: { command: ["$site/minute"], schedule: "* * * * *", environment: { FILE: "$site/minutes" } },
  queue: { command: ["$site/queue"], overlap: "none", environment: { FILE: "$site/queues" } } } }
J
    done
}

start_again() {
    "$products/deployd" start --config "$site/deployd.json" 2>>"$site/journal" &
    master=$!
    until status >/dev/null 2>&1; do
        kill -0 "$master" 2>/dev/null || { tail -n 3 "$site/journal" >&2; exit 1; }
    done
}

act() {
    case "$1" in
    deploy)
        deployd deploy "v$((RANDOM % 2 + 1))" --wait >"$site/deploy" 2>&1 || fail "deploy: $(cat "$site/deploy")" ;;
    kill)
        # In the middle of a deploy, every other time.
        [ $((RANDOM % 2)) = 0 ] || { deployd deploy "v$((RANDOM % 2 + 1))" >/dev/null 2>&1 & sleep "0.0$((RANDOM % 90 + 10))"; }
        kill -KILL "$master"
        wait "$master" 2>/dev/null
        start_again ;;
    upgrade)
        deployd upgrade >"$site/upgrade" 2>&1 || fail "upgrade: $(cat "$site/upgrade")" ;;
    esac
}

# Until the next action: so many seconds, or near the full minute if that comes first.
pause() {
    python3 - "$pace" <<'P'
import random, sys, time
now = time.time()
boundary = now - now % 60 + 60 + random.uniform(-0.2, 0.2)
later = now + float(sys.argv[1])
time.sleep(max(0, (boundary if boundary <= later else later) - now))
P
}

start_server 1 50ms
write_jobs
deployd deploy v2 >/dev/null || exit 1
: >"$site/minutes"
begun=$SECONDS
mapfile -t actions < <({
    yes deploy | head -n "$deploys"; yes kill | head -n "$kills"; yes upgrade | head -n "$upgrades"; } | shuf)
for action in "${actions[@]}"; do
    pause
    act "$action"
done
tries=0
until [ "$(of_status "s.get('deployment') is None and not any(j.get('run') for j in s.get('jobs', []))" 2>/dev/null)" = True ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 5000 ] || { fail "a deploy or a run does not end"; break; }
done
echo "$deploys deploys, $kills kills, $upgrades upgrades in $((SECONDS - begun)) s"
python3 - "$site" <<'P' || failures=$((failures + 1))
import collections, datetime, sys
lines = [l.split() for l in open(f"{sys.argv[1]}/minutes")]
begun = [datetime.datetime.fromisoformat(l[1].replace("Z", "+00:00")) for l in lines if l[0] == "begin"]
ended = sum(l[0] == "end" for l in lines)
wanted = [begun[0] + datetime.timedelta(minutes=n) for n in range(round((begun[-1] - begun[0]).total_seconds() / 60) + 1)]
counts = collections.Counter(begun)
missing = [w.isoformat() for w in wanted if w not in counts]
twice = [w.isoformat() for w, n in counts.items() if n > 1]
overlaps = sum(l[0] == "overlap" for l in lines)
queues = [l.split() for l in open(f"{sys.argv[1]}/queues")]
others = sum(l[0] == "overlap" for l in queues)
print(f"each minute: {len(begun)} runs for {len(wanted)} minutes, {ended} ended, missing {missing}, twice {twice}, "
      f"two at once {overlaps}")
print(f"overlap: none: {len(queues) - others} processes one after the other, two at once {others}")
sys.exit(bool(missing or twice or overlaps or others or ended != len(begun) or len(begun) < 2))
P
exit $((failures > 0))
