#!/usr/bin/env bash
# Servers that do not count their answers: what the kernel counts of them, against their own access logs, and what it costs.
#
#   kernel-counts.sh [REQUESTS=100000] [SECONDS=3] [ROUNDS=7] [SERVER …]
#
# Each server answers so many requests on its own socket: seven in ten on kept connections, the others on a connection each, and
# one in ten of all with 500. Then it runs twice, with the right to count in the kernel and without, and is asked in turn, so many
# seconds in so many rounds: processor time a request, of the server and the client together, since the kernel counts what comes
# while the client sends. The master has a control group of its own, as in a service. Beside it stands what the two programs took
# by the kernel's own clock (bpf_stats_enabled), which takes some time itself.
#
# Needs root, python3, setpriv, and the servers: `servers.sh --install`. One that is not installed is SKIPPED. Exits with 1 when
# a count is off by more than 0.1 %, or the median of the cost is above 1.02.
set -u -o pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
installed="$here/Servers/.installed"
export PRODUCTS="${PRODUCTS:-$here/../.build/release}"
export PATH="/usr/sbin:/sbin:$PATH"
[ ! -x "$installed/bin/uvicorn" ] || export PATH="$PATH:$installed/bin"
for program in deployd strict-load; do
    [ -x "$PRODUCTS/$program" ] || { echo "$PRODUCTS/$program is missing: swift build -c release" >&2; exit 1; }
done
exec /usr/bin/python3 -B "$here/Comparison/counts.py" "$@"
