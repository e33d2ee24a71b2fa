#!/usr/bin/env bash
# A machine without libssl: an empty file lies over it in a mount namespace of this script's own. Plain HTTP must be served and deployed as
# ever; with a listener that speaks TLS check, reload and start must name the Debian package, and what serves must go on. Then libssl
# is there for the start, and gone before a deploy. Prints what is said each time; exits with 1 when one of this is not so.
#
#   Benchmarks/https-without-libssl.sh
#
# Needs root, unshare, openssl (before libssl is hidden).
set -u -o pipefail
if [ "${WITHOUT_LIBSSL:-}" != inside ]; then
    WITHOUT_LIBSSL=inside exec unshare --mount --propagation private -- "$0" "$@"
fi
# shellcheck source=Benchmarks/https-server.sh
source "$(dirname "${BASH_SOURCE[0]}")/https-server.sh"
failures=0
fail() { echo "FAILED: $*" >&2; failures=$((failures + 1)); }
mapfile -t libraries < <(ldconfig -p | sed -n 's/.*libssl\.so\.3 .*=> //p')
[ "${#libraries[@]}" -gt 0 ] || { echo "there is no libssl.so.3 that could be hidden" >&2; exit 1; }
hide() { for library in "${libraries[@]}"; do mount --bind "$site/empty" "$library" || exit 1; done; }
show() { for library in "${libraries[@]}"; do umount "$library" || exit 1; done; }

# What the server answers at an address, over plain HTTP.
version() { python3 -c "import sys, urllib.request; print(urllib.request.urlopen('http://$1/version', timeout=5).read().decode().strip())"; }

# Runs a command that must fail with a code and name the package.
refuses() {
    local code="$1" given
    shift
    "$@" >"$site/said" 2>&1
    given=$?
    echo "$1 ${2:-}: exit code $given"
    sed 's/^/  /' "$site/said"
    [ "$given" = "$code" ] || fail "the exit code is not $code"
    grep -q libssl3 "$site/said" || fail "the package is not named"
}

# With a listener that speaks TLS.
start_https_server 2 1
touch "$site/empty"
python3 - "${secure[0]}" "$site/issuer.pem" <<'P' || fail "no HTTPS with libssl"
import ssl, sys, urllib.request
context = ssl.create_default_context(cafile=sys.argv[2])
assert urllib.request.urlopen(f"https://{sys.argv[1]}/version", timeout=5, context=context).read() == b"v1\n"
P
echo "libssl goes away behind the start:"
hide
refuses 1 deployd deploy v2
[ "$(version "$plain")" = v1 ] || fail "v1 does not serve behind the refused deploy"
show
deployd deploy v2 >"$site/said" 2>&1 || { fail "no deploy when libssl is back"; cat "$site/said" >&2; }
[ "$(version "$plain")" = v2 ] || fail "v2 does not serve"
deployd stop --now >/dev/null 2>&1
wait "$master"

echo "libssl was never there:"
hide
refuses 1 deployd check
refuses 78 deployd start
rm -rf "$site/state"
cp "$site/deployd.json" "$site/https.json"
echo '{ listen: ["127.0.0.1:0"], workers: 2, state: "state" }' >"$site/deployd.json"
start_master
deployd check >"$site/said" 2>&1 || { fail "check of plain HTTP"; cat "$site/said" >&2; }
for release in v1 v2; do
    deployd deploy "$release" >"$site/said" 2>&1 || { fail "deploy $release over plain HTTP"; cat "$site/said" >&2; }
    [ "$(version "$address")" = "$release" ] || fail "$release does not serve over plain HTTP"
done
echo "plain HTTP is served, checked and deployed"
cp "$site/https.json" "$site/deployd.json"
refuses 1 deployd reload
[ "$(version "$address")" = v2 ] || fail "v2 does not serve behind the refused reload"
[ "$failures" -eq 0 ] || tail -n 5 "$site/journal" >&2
exit $((failures > 0))
