#!/usr/bin/env bash
# Workers that have been taken over, by seeds: each does, out of all that Tests/Fixtures/hostile knows, a few things to what
# it inherits and reaches, under strict load on the other generation. Ten seeds go into a deploy: as a candidate that no
# user enters, as the generation that drains, as processes beside good web workers.
#
# Exits with 0 when the master lived and idles, no request to another generation failed, no file of root's has changed, and
# disk, memory and journal stayed bounded.
#
#   Benchmarks/hostile.sh [SEEDS, 1000] [FIRST, 0] [all|others|DEED,…]
#
# "others" leaves out what is done to the listening sockets; names of deeds in Tests/Fixtures/hostile leave out all others.
set -u -o pipefail
# shellcheck source=Benchmarks/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
seeds="${1:-1000}"
first="${2:-0}"
deeds="${3:-all}"
each=10
failures=0
deployed=0

complain() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# A site with a listener in a directory that the hostile workers own, where they run as another user.
start_site() {
    local user="" release
    site="$(mktemp -d "${TMPDIR:-/tmp}/deployd-bench-XXXXXX")" || exit 1
    chmod 711 "$site"
    mkdir -p "$site/releases/v1" "$site/releases/hostile" "$site/sockets"
    for release in v1 hostile; do cp -r "$here/releases/v1/public" "$site/releases/$release/"; done
    cp "$here/Tests/Fixtures/hostile" "$site/releases/hostile/"
    echo secret >"$site/victim"
    chmod 600 "$site/victim"
    if [ "$(id -u)" = 0 ]; then
        user='user: "www-data",'
        chown www-data "$site/sockets"
    fi
    site_manifest="command: [\"site-v1\"], health: { path: \"/healthz\" }, watch: \"0\""
    hostile_manifest="$user readyTimeout: \"4s\", drain: { requests: \"3s\" },
        environment: { HOSTILE_VICTIM: \"$site/victim\", HOSTILE_DIRECTORY: \"$site/sockets\", HOSTILE_DEEDS: \"$deeds\" }"
    echo "{ $site_manifest }" >"$site/releases/v1/release.json"
    echo "{ listen: [\"127.0.0.1:0\", \"unix:sockets/web.sock\"], workers: $each, state: \"state\",
        policies: { logs: { limit: \"64K\" } } }" >"$site/deployd.json"
    start_master
}

# The release of ten seeds from $1 on, in the role $2.
write_release() {
    local kinds="" slot
    if [ "$2" = kind ]; then
        for slot in $(seq 0 $((each - 1))); do
            kinds="$kinds k$slot: { command: [\"$site/releases/hostile/hostile\", \"$(($1 + slot))\", \"kind\"],
                socket: \"path\" },"
        done
        echo "{ $site_manifest, $hostile_manifest, processes: { $kinds } }"
    else
        echo "{ command: [\"hostile\", \"$1\", \"$2\"], watch: \"0\", $hostile_manifest }"
    fi >"$site/releases/hostile/release.json"
}

go_back() {
    local try
    for try in 1 2 3 4 5 6; do
        deployd deploy v1 >"$site/deploy" 2>&1 && return
        sleep 1
    done
    complain "after seed $1 ($2) v1 could not be deployed: $(cat "$site/deploy")"
}

try_seeds() {
    write_release "$1" "$2"
    local code try
    # What earlier seeds left alive plays with the names of the unix listener in its own directory, and a probe may meet that.
    for try in 1 2 3 4; do
        deployd deploy hostile --timeout 30s >"$site/deploy" 2>&1
        code=$?
        [ "$2" = leaver ] && [ "$code" != 0 ] && grep -q 'sockets/web.sock' "$site/deploy" || break
    done
    echo "seed $1 ($2): $(tail -n 1 "$site/deploy")"
    # What serves well until it is told to go has to be deployed; what is hostile from the beginning may end its own boot.
    [ "$2" != leaver ] || [ "$code" = 0 ] || complain "seed $1 ($2): not deployed: $(tail -n 2 "$site/deploy")"
    [ "$code" != 0 ] || deployed=$((deployed + 1))
    deployd status --json >"$site/status" 2>&1 || complain "seed $1 ($2): no status: $(cat "$site/status")"
    go_back "$1" "$2"
    kill -0 "$master" 2>/dev/null || complain "seed $1 ($2): the master is gone: $(tail -n 3 "$site/journal")"
}

ticks() { awk '{ print $14 + $15 }' "/proc/$master/stat"; }

# After it all: what must be as before.
judge() {
    local before after
    wait_until_drained
    before="$(ticks)"
    sleep 2
    after="$(ticks)"
    [ $((after - before)) -le 10 ] || complain "the master does not idle: $((after - before)) ticks in 2 s"
    [ "$(stat -c %a "$site/victim") $(cat "$site/victim")" = "600 secret" ] || complain "root's file was changed"
    [ "$(stat -c %a /etc/passwd)" = 644 ] || complain "/etc/passwd was changed"
    local disk memory lines tries=0
    # Tens of thousands of directories are taken away in the background.
    while disk="$(du -sk "$site/state" 2>/dev/null | cut -f1)"; [ "$disk" -gt 8192 ] && [ "$tries" -lt 60 ]; do
        tries=$((tries + 1))
        sleep 1
    done
    [ "$disk" -le 8192 ] || complain "the state directory has $disk KiB: $(du -k "$site/state" | sort -n | tail -n 5)"
    memory="$(awk '/^VmRSS/ { print $2 }' "/proc/$master/status")"
    [ "$memory" -le 131072 ] || complain "the master has $memory KiB"
    lines="$(wc -l <"$site/journal")"
    [ "$lines" -le $((200 + seeds * 40)) ] || complain "the journal has $lines lines"
    echo "state directory $disk KiB, master $memory KiB, journal $lines lines"
}

start_site
"$products/strict-load" "$address" --mode close --connections 8 --timeout 10s --json --expect-body-any 'v1\n' \
    >"$site/report" &
client=$!
roles=(candidate leaver kind)
for ((seed = first; seed < first + seeds; seed += each)); do
    try_seeds "$seed" "${roles[$((seed / each % 3))]}"
done
kill -INT "$client"
wait "$client"
python3 -c "
import json, sys
report = json.load(open('$site/report'))
print(f\"{report['answered']} answered, {report['failed']} failed\")
print(*(f'{kind} {count}' for kind, count in report['failures'].items() if count))
for sample in report.get('samples', [])[:5]: print(sample)
sys.exit(report['failed'] > 0)" || complain "requests failed"
if kill -0 "$master" 2>/dev/null; then judge; else complain "the master is gone"; fi
[ "$failures" -gt 0 ] && tail -n 40 "$site/journal"
echo "$seeds seeds from $first on, $deployed of $((seeds / each)) generations of them deployed, $failures failures"
exit $((failures > 0))
