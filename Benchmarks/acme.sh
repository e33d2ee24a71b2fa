#!/usr/bin/env bash
# Certificates by certbot from an issuer of the tests (pebble), as docs/how-to/https.md has it: issue, the listener, https alone, so
# many renewals in place under load, and then files that cannot be used, each with what deployd says of it. Users on kept connections
# and on new ones ask all the while. Exits with 1 when a request failed, a kept connection was closed, a renewal was not taken, or a
# bad file was.
#
#   Benchmarks/acme.sh [RENEWALS, 3]
#
# Needs certbot, pebble (with pebble-challtestsrv), openssl, curl.
set -u -o pipefail
# shellcheck source=Benchmarks/https-server.sh
source "$(dirname "${BASH_SOURCE[0]}")/https-server.sh"
renewals="${1:-3}"
for program in certbot pebble pebble-challtestsrv openssl curl; do
    command -v "$program" >/dev/null || { echo "SKIPPED acme.sh: $program is missing (apt-get install certbot pebble)" >&2; exit 1; }
done
host=foobar.test
failures=0
fail() { echo "FAILED: $*" >&2; failures=$((failures + 1)); }

make_releases 0
peers=()
# shellcheck disable=SC2317
end_all() {
    end_processes "${peers[@]}"
    stop_server
}
# shellcheck disable=SC2015
make_issuer && issue pebble localhost && issue other other.test && issue expired "$host" ec -1 || { cat "$site/openssl.log" >&2; exit 1; }
mkdir -p "$site/challenges" "$site/releases/web" "$site/releases/only"
for release in web only; do cp -r "$site/releases/v1/public" "$site/releases/$release/"; done
echo "{ web: { files: \"public\", hosts: [\"$host\"] } }" >"$site/releases/web/release.json"
echo "{ web: { files: \"public\", hosts: [\"$host\"], https: \"only\" } }" >"$site/releases/only/release.json"
http="$(free_port)"
https="$(free_port)"
acme="$(free_port)"
management="$(free_port)"
dns="$(free_port)"
dns_management="$(free_port)"

# Step 1: plain HTTP, with a place for challenges.
cat >"$site/deployd.json" <<CONFIGURATION
{ listen: ["127.0.0.1:$http"], tls: { challenges: "challenges" }, workers: 2, state: "state" }
CONFIGURATION
ln -s releases/web "$site/current"
start_master
trap end_all EXIT

cat >"$site/pebble.json" <<CONFIGURATION
{ "pebble": {
    "listenAddress": "127.0.0.1:$acme", "managementListenAddress": "127.0.0.1:$management",
    "certificate": "$site/pebble.pem", "privateKey": "$site/pebble.key",
    "httpPort": $http, "tlsPort": $https, "ocspResponderURL": "", "externalAccountBindingRequired": false } }
CONFIGURATION
pebble-challtestsrv -defaultIPv4 127.0.0.1 -defaultIPv6 "" -dns01 "127.0.0.1:$dns" -management "127.0.0.1:$dns_management" \
    -http01 "" -https01 "" -tlsalpn01 "" >"$site/dns.log" 2>&1 & peers+=($!)
PEBBLE_VA_NOSLEEP=1 PEBBLE_WFE_NONCEREJECT=0 pebble -config "$site/pebble.json" -dnsserver "127.0.0.1:$dns" >"$site/pebble.log" 2>&1 &
peers+=($!)
tries=0
until curl -sf --cacert "$site/issuer.pem" -o "$site/root.pem" "https://localhost:$management/roots/0"; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || { cat "$site/pebble.log" "$site/dns.log" >&2; exit 1; }
    sleep 0.1
done

# certbot, with its files and its issuer here.
client() {
    REQUESTS_CA_BUNDLE="$site/issuer.pem" certbot "$@" --non-interactive --server "https://localhost:$acme/dir" \
        --config-dir "$site/letsencrypt" --work-dir "$site/certbot" --logs-dir "$site/certbot/log" >"$site/certbot.log" 2>&1 ||
        { cat "$site/certbot.log" >&2; return 1; }
}

# Step 2: the certificate. Step 3: the listener beside it. Step 4: everybody to https.
client certonly --webroot -w "$site/challenges" -d "$host" --agree-tos --register-unsafely-without-email || exit 1
live="$site/letsencrypt/live/$host"
cat >"$site/deployd.json" <<CONFIGURATION
{
  listen: ["127.0.0.1:$http", { address: "127.0.0.1:$https", tls: true }],
  tls: {
    certificates: [{ certificate: "$live/fullchain.pem", key: "$live/privkey.pem" }],
    challenges: "challenges",
  },
  workers: 2,
  state: "state",
}
CONFIGURATION
deployd check >"$site/check" 2>&1 || { cat "$site/check" >&2; exit 1; }
deployd reload >"$site/reload" 2>&1 || { cat "$site/reload" >&2; exit 1; }
deployd deploy only >"$site/deploy" 2>&1 || { cat "$site/deploy" >&2; exit 1; }
wait_until_drained
redirect="$(curl -s -o /dev/null -w '%{http_code} %{redirect_url}' -H "Host: $host" "http://127.0.0.1:$http/")"
echo "issued by certbot $(certbot --version 2>&1 | cut -d ' ' -f 2); over plain HTTP: $redirect"
[ "${redirect%% *}" = 308 ] || fail "no redirect to https"

stop="$site/stop"
python3 "$here/Benchmarks/Clients/kept.py" "$host" "$https" "$site/root.pem" "$stop" >"$site/users" 2>"$site/users.log" &
users=$!
peers+=("$users")

# shellcheck disable=SC2317
is_shown() { [ "$(shown)" = "$1" ]; }
# The serial number that a new connection is shown.
shown() {
    openssl s_client -connect "127.0.0.1:$https" -servername "$host" </dev/null 2>/dev/null | openssl x509 -noout -serial
}
on_disk() { openssl x509 -in "$live/fullchain.pem" -noout -serial; }

# Waits for something, so many times 50 ms; milliseconds that it took.
within() {
    local limit=$1 tries=0 begun
    begun="$(date +%s%3N)"
    until "${@:2}"; do
        tries=$((tries + 1))
        [ "$tries" -lt "$limit" ] || return 1
        sleep 0.05
    done
    echo "$(($(date +%s%3N) - begun)) ms"
}

for ((number = 1; number <= renewals; number++)); do
    before="$(on_disk)"
    client renew --force-renewal --no-random-sleep-on-renew || { fail "renewal $number"; continue; }
    [ "$(on_disk)" != "$before" ] || fail "renewal $number: the same certificate"
    took="$(within 200 is_shown "$(on_disk)")" || fail "renewal $number is not in use after 10 s"
    echo "renewal $number: in use $took after certbot's end"
done

good="$(shown)"
problems() { of_status "'\n'.join(p['what'] for p in s['problems'])"; }
# shellcheck disable=SC2317
has_problem() { [ -n "$(problems)" ]; }
# shellcheck disable=SC2317
has_none() { ! has_problem; }
real=("$(readlink -f "$live/fullchain.pem")" "$(readlink -f "$live/privkey.pem")")

# Puts other files in place, as an ACME client does (links), and looks at what deployd makes of it.
bad() {
    local what=$1
    ln -sfn "$3" "$live/privkey.pem"
    ln -sfn "$2" "$live/fullchain.pem"
    echo "$what:"
    within 200 has_problem >/dev/null || fail "$what: status has no problem"
    problems | sed 's/^/  status: /'
    deployd reload >"$site/reload" 2>&1 && fail "$what: reload took it"
    sed 's/^/  reload: /' "$site/reload"
    [ "$(shown)" = "$good" ] || fail "$what: the former certificate is not in use"
    ln -sfn "${real[1]}" "$live/privkey.pem"
    ln -sfn "${real[0]}" "$live/fullchain.pem"
    within 200 has_none >/dev/null || fail "$what: a problem stays: $(problems)"
}

head -c 700 "${real[0]}" >"$site/half.pem"
cat "$site/issuer.pem" >"$site/none.pem" && chmod 600 "$site/none.pem"
cp "${real[1]}" "$site/open.key" && chmod 644 "$site/open.key"
bad "a key of another certificate" "${real[0]}" "$site/other.key"
bad "a certificate that is half there" "$site/half.pem" "${real[1]}"
bad "a file that is no key" "${real[0]}" "$site/none.pem"
bad "a key that every user may read" "${real[0]}" "$site/open.key"
bad "an expired certificate" "$site/expired.pem" "$site/expired.key"
bad "a certificate of another host" "$site/other.pem" "$site/other.key"
bad "files that are not there" "$site/nowhere.pem" "$site/nowhere.key"

before="$(on_disk)"
client renew --force-renewal --no-random-sleep-on-renew || fail "the renewal behind them"
within 200 is_shown "$(on_disk)" >/dev/null || fail "the renewal behind them is not in use"
touch "$stop"
wait "$users"
python3 - "$site/users" "$((renewals + 2))" <<'P' || failures=$((failures + 1))
import json, sys
users, certificates = json.load(open(sys.argv[1])), int(sys.argv[2])
print(f"users: {users['asked']} requests, {users['failed']} failed; {users['reopened']} of 4 kept connections opened again; "
      f"{users['handshakes']} handshakes, which were shown {len(set(users['serials']))} certificates")
sys.exit(users["failed"] > 0 or users["reopened"] > 0 or len(users["serials"]) != certificates)
P
[ "$failures" -eq 0 ] || tail -n 5 "$site/users.log" "$site/journal" >&2
exit $((failures > 0))
