#!/usr/bin/env bash
# The share of new connections that a canary gets. Exits with 1 when a request failed, or the share is not what was asked
# for: further away than four standard deviations, which chance brings once in 16,000 runs.
#
#   Benchmarks/canary.sh [CONNECTIONS, 10000] [PERCENT, 10]
set -u -o pipefail
# shellcheck source=Benchmarks/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
connections="${1:-10000}"
percent="${2:-10}"

# The share of v2 in a report, with Wilson's interval of 95 %.
share() {
    python3 - "$@" <<'P'
import json, math, sys
path, wanted = sys.argv[1], float(sys.argv[2]) / 100
report = json.load(open(path))
n = report["answered"]
k = sum(s["count"] for s in report["versions"]["completions"] if s["version"].strip() == "v2")
p, z = k / n, 1.96
middle = (p + z * z / (2 * n)) / (1 + z * z / n)
half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
off = abs(k - n * wanted) / math.sqrt(n * wanted * (1 - wanted)) if 0 < wanted < 1 else abs(k - n * wanted) * 1e9
print(f"{n:>11}  {k:>6}  {100 * p:>6.2f}  {100 * (middle - half):>6.2f} to {100 * (middle + half):>6.2f}"
      f"  {report['failed']:>6}")
sys.exit(0 if off <= 4 and report["perfect"] else 1)
P
}

ask() {
    "$products/strict-load" "$address" --mode close --connections 32 --requests "$connections" --json \
        --expect-body-any 'v1\n' --expect-body-any 'v2\n' >"$site/report"
    printf '%-22s  ' "$1"
    share "$site/report" "$2" || failures=$((failures + 1))
}

failures=0
start_server 2 0
echo "                        connections      v2   share  95 % interval     failed"
deployd deploy v2 "--canary=$percent" >"$site/deploy" 2>&1 &
deploy=$!
until [ "$(of_status "s['deployment'].get('canaryPercent', 0)" 2>/dev/null)" = "$percent" ]; do
    kill -0 "$deploy" 2>/dev/null || { cat "$site/deploy" >&2; exit 1; }
done
ask "canary of $percent %" "$percent"
deployd promote >/dev/null || failures=$((failures + 1))
ask "promoted" 100
wait "$deploy" || { cat "$site/deploy" >&2; failures=$((failures + 1)); }
exit $((failures > 0))
