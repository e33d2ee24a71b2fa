#!/usr/bin/env bash
# A release that turns bad two seconds after its cut-over, under load, with the watch and without it: how long going back took
# from the evidence to the steering (by the history), how soon users are back, and how many of their requests went wrong in
# the ten seconds after the turn. Exits with 1 when the watch did not
# take them back.
#
#   Benchmarks/evidence.sh [CONNECTIONS, 16]
set -u -o pipefail
# shellcheck source=Benchmarks/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
connections="${1:-16}"
after=10

# The row of a run: the first bad answer (or, where none came, the last good one of v2) to the first answer of v1 on a
# new connection.
row() {
    python3 - "$@" <<'P'
import json, sys
path, mode, watch, steered = sys.argv[1:5]
report = json.load(open(path))
epochs = report["versions"]["epochs"]
bad = [s["time"] for s in report.get("samples", [])]
v2 = [e for e in epochs if e["version"].strip() == "v2"]
back = epochs[-1]["first"] if len(epochs) > 2 and epochs[-1]["version"].strip() == "v1" else None
since = min(bad + [v2[-1]["last"]]) if v2 else None
took = f"{(back - since) / 1e6:.0f}" if back and since else "never"
kinds = ", ".join(f"{k} {v}" for k, v in report["failures"].items() if v)
print(f"{mode:<6}  {watch:<8}  {steered:>10}  {took:>10}  {report['answered']:>9}  {report['failed']:>6}"
      f"  {report['longestGap']['length'] / 1e6:>7.0f}  {kinds}", flush=True)
sys.exit(0 if back or watch == "without" else 1)
P
}

# From the evidence to the steering, in milliseconds, as the history has it of the last deploy.
steered() {
    [ "$1" = with ] || { echo -; return; }
    deployd history --json -n 1 | python3 -c "
import json, sys
steps = json.loads(sys.stdin.readlines()[-1])['steps']
print(next((f\"{s['milliseconds']:.1f}\" for s in steps if s['name'] == 'steering back'), '?'))"
}

run() {
    local mode=$1 watch=$2 manifest='watch: "60s"' release client deploy
    [ "$watch" = without ] && manifest='watch: "0"'
    release="$site/releases/$mode-$watch"
    mkdir -p "$release"
    cp "$here/Tests/Fixtures/worker" "$release/"
    echo "{ command: [\"worker\", \"--ready\", \"--count\", \"--body\", \"v2\\\\n\", \"--bad\", \"$mode\",
        \"--bad-path\", \"/version\", \"--bad-when\", \"$release/now\"], $manifest }" >"$release/release.json"
    "$products/strict-load" "$address" --mode close --connections "$connections" --timeout 5s --json \
        --expect-body-any 'v1\n' --expect-body-any 'v2\n' >"$site/report" &
    client=$!
    deployd deploy "$mode-$watch" >"$site/deploy" 2>&1 &
    deploy=$!
    until [ "$(of_status "s['serving'] != $serving")" = True ]; do
        kill -0 "$deploy" 2>/dev/null || [ "$watch" = without ] || { cat "$site/deploy" >&2; exit 1; }
    done
    sleep 2
    touch "$release/now"
    sleep "$after"
    kill -INT "$client"
    wait "$client"
    wait "$deploy"
    row "$site/report" "$mode" "$watch" "$(steered "$watch")" || { cat "$site/deploy" >&2; failures=$((failures + 1)); }
    [ "$watch" = with ] && sed -n 's/^deployd: /        /p' "$site/deploy"
    [ "$watch" = with ] || { rm "$release/now"; deployd deploy v1 >/dev/null 2>&1; }
    wait_until_drained
    serving="$(of_status "s['serving']")"
}

failures=0
start_server 2 0
serving=1
echo "turn    watch     steered ms  back in ms  answered   failed  gap ms"
for mode in 500 crash hang; do
    run "$mode" with
    run "$mode" without
done
exit $((failures > 0))
