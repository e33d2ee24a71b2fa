#!/usr/bin/env bash
# Deploys many times in a row and looks at what the master keeps; then lets it idle under strace. Exits with 1 when it
# grows, leaves a zombie, or makes a system call while nothing happens (root only).
#
#   Benchmarks/endurance.sh [DEPLOYS, 1000] [IDLE SECONDS, 10]
set -u -o pipefail
# shellcheck source=Benchmarks/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
deploys="${1:-1000}"
idle="${2:-10}"

look() {
    wait_until_drained
    descriptors=$(find "/proc/$master/fd" -mindepth 1 | wc -l)
    resident=$(awk '/^VmRSS/ { print $2 }' "/proc/$master/status")
    zombies=$(ps -o stat= --ppid "$master" | grep -c '^Z')
    lanes=$(of_status "s['listeners'][0]['lanes']")
    printf '%8s  %11s  %9s  %7s  %5s\n' "$1" "$descriptors" "$resident" "$zombies" "$lanes"
}

start_server 2 0
echo "deploys  descriptors  VmRSS KiB  zombies  lanes"
look 0
for ((number = 1; number <= deploys; number++)); do
    deployd deploy "v$((number % 2 + 1))" >"$site/deploy" 2>&1 || { cat "$site/deploy"; exit 1; }
    if [ "$number" = $((deploys / 10)) ]; then
        look "$number"
        first_descriptors=$descriptors first_resident=$resident first_lanes=$lanes
    elif [ $((number % (deploys / 5))) = 0 ]; then look "$number"; fi
done
look "$deploys"
failed=0
[ "$descriptors" -le "$first_descriptors" ] || { echo "descriptors grew"; failed=1; }
[ "$lanes" -le $((first_lanes + 1)) ] || { echo "lanes grew"; failed=1; }
[ "$zombies" = 0 ] || { echo "zombies are left"; failed=1; }
[ "$resident" -le $((first_resident + 2048)) ] || { echo "memory grew"; failed=1; }

if [ "$(id -u)" = 0 ]; then
    # What the last deploy leaves to be done later (a look at a log) is over after two seconds.
    timeout 2 strace -q -p "$master" -o /dev/null
    timeout "$idle" strace -q -f -p "$master" -o "$site/trace"
    calls=$(grep -Evc 'detached|restart_syscall' "$site/trace")
    echo "system calls of the master in $idle idle seconds: $calls"
    [ "$calls" = 0 ] || { cat "$site/trace"; failed=1; }
fi
exit "$failed"
