#!/usr/bin/env bash
# Kills the main process of the unit (SIGKILL) at random instants of deploys under the four strict loads, in a systemd of
# its own, which starts it again by itself; looks at what each new master went on with. Needs root and systemd-nspawn.
# Exits with 1 when a request failed or a state was not right.
#
#   Benchmarks/systemd-kills.sh [KILLS, 500] [MILLISECONDS, 250: the latest instant after the deploy was asked for]
set -u -o pipefail

# Outside: boots the machine with a unit that runs this script's second half, and shows what it writes.
outside() {
    local tree products
    tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
    products=$(cd "${PRODUCTS:-$tree/.build/release}" && pwd) || exit 1
    directory=$(mktemp -d)
    mkdir "$directory/root" "$directory/results"
    trap 'rm -r "$directory"' EXIT
    cat >"$directory/kills.service" <<EOF
[Service]
Type=oneshot
ExecStart=/bin/bash /deployd/tree/Benchmarks/systemd-kills.sh inside $1 $2
ExecStopPost=/bin/sh -c 'journalctl --no-pager -u deployd.service | tail -n 200 >/deployd/results/journal; systemctl poweroff --no-block'
EOF
    # shellcheck disable=SC2016
    unshare --mount --propagation private sh -c 'mount --bind / "$1" && shift && exec systemd-nspawn "$@"' sh \
        "$directory/root" --quiet --directory "$directory/root" --volatile=overlay --boot --register=no --keep-unit \
        --private-network --console=pipe --bind-ro="$tree:/deployd/tree" --bind-ro="$products:/deployd/products" \
        --bind="$directory/results:/deployd/results" \
        --bind-ro="$directory/kills.service:/run/systemd/system/kills.service" systemd.unit=kills.service \
        </dev/null >"$directory/console" 2>&1
    cat "$directory/results/report" 2>/dev/null || { tail -n 20 "$directory/console"; exit 1; }
    [ -e "$directory/results/perfect" ] && return 0
    echo "the journal's end:"
    tail -n 40 "$directory/results/journal"
    return 1
}

of_status() { deployd status --json | python3 -c "import json, sys; s = json.load(sys.stdin); print($1)"; }
is_quiet() { [ "$(of_status "s.get('deployment') is None and s.get('serving') is not None")" = True ]; }
serving_path() { of_status "next(g['path'] for g in s['generations'] if g['number'] == s['serving'])"; }

inside() {
    local kills=$1 latest=$2 number master deploy finished=0 mode
    source /deployd/tree/Tests/Fixtures/systemd/functions
    exec >"$results/report" 2>&1
    install
    systemctl daemon-reload
    expect "the start" systemctl start deployd.service
    begin_load
    for ((number = 1; number <= kills; number++)); do
        master=$(property MainPID)
        deployd deploy "v$((RANDOM % 2 + 1))" >/tmp/deploy 2>&1 &
        deploy=$!
        sleep "$(python3 -c "print($((RANDOM % (latest + 1))) / 1000)")"
        kill -KILL "$master"
        wait $deploy && finished=$((finished + 1))
        within 60 "kill $number: another master" another_master "$master"
        within 60 "kill $number: the end of the deploy" is_quiet
        same "kill $number: what serves" "$(readlink -f /srv/site/current)" "$(serving_path)"
    done
    end_load
    echo "$kills kills by SIGKILL at 0 to $latest ms, restarts by systemd: $(property NRestarts)"
    echo "$finished deploys had ended before; in history: $(deployd history --json -n 100000 | python3 -c "
import collections, json, sys
print(', '.join(f'{n} {k}' for k, n in collections.Counter(json.loads(l)['outcome'] for l in sys.stdin).items()))")"
    for mode in "${loads[@]}"; do
        python3 - $mode "/tmp/$mode.json" <<'P'
import json, sys
report = json.load(open(sys.argv[2]))
kinds = {kind: count for kind, count in report["failures"].items() if count}
print(f"{sys.argv[1]:<9}  answered {report['answered']:>8}  failed {report['failed']}  longest gap "
      f"{report['longestGap']['length'] / 1e6:.0f} ms  {kinds or ''}")
P
    done
    expect "the stop" systemctl stop deployd.service
    expect "nothing left" none_left
    [ -z "$problems" ] && touch "$results/perfect" || echo "problems: $problems"
}

if [ "${1:-}" = inside ]; then inside "$2" "$3"; else outside "${1:-500}" "${2:-250}"; fi
