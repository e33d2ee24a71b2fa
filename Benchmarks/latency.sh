#!/usr/bin/env bash
# Medians of what a deploy costs, from the events of `deploy --json` and the client's own clock.
#
#   Benchmarks/latency.sh [DEPLOYS, 50]
set -u -o pipefail
# shellcheck source=Benchmarks/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
deploys="${1:-50}"

start_server 2 0
for ((number = 1; number <= deploys; number++)); do
    begin=$(date +%s%N)
    deployd deploy "v$((number % 2 + 1))" --json >"$site/events" || { cat "$site/events"; exit 1; }
    end=$(date +%s%N)
    { echo "{\"event\":\"wall\",\"milliseconds\":$(((end - begin) / 1000))e-3}"; cat "$site/events"; } >>"$site/all"
    wait_until_drained
done

python3 - "$site/all" <<'P'
import json, statistics, sys
runs = []
for line in open(sys.argv[1]):
    event = json.loads(line)
    if event["event"] == "wall":
        runs.append({"wall": event["milliseconds"]})
    elif event["event"] == "step" and event["state"] == "finished":
        runs[-1][event["name"]] = event["milliseconds"]
    elif event["event"] == "done":
        runs[-1]["done"] = event["milliseconds"]
for run in runs:
    run["ready to new answers"] = run["probing"] + run["cut-over"]
    run["deploy less boot and watch"] = run["wall"] - run["booting"] - run.get("watching", 0)
print(f"medians of {len(runs)} deploys, in ms (worst in brackets)")
for name in ["booting", "probing", "cut-over", "watching", "committing", "done", "wall"]:
    values = [run[name] for run in runs if name in run]
    if values:
        print(f"  {name:<28} {statistics.median(values):8.2f}   ({max(values):.2f})")
print("ready to new answers = probing + cut-over: from the last worker's READY=1 (which ends booting) until steering")
print("points to the new lane. deploy less boot and watch = the whole command by the client's clock (`wall`, its own start")
print("included) less booting (spawn to last READY=1: the application's own) and watching.")
for name in ["ready to new answers", "deploy less boot and watch"]:
    values = [run[name] for run in runs]
    print(f"  {name:<28} {statistics.median(values):8.2f}   ({max(values):.2f})")
P
