#!/usr/bin/env bash
# nginx with TLS and HTTP/2 before deployd, as deploy/nginx has it, with a throw-away certificate: deploys of v1 and v2 in turn
# under four loads of h2load at once, GET and POST over HTTP/2 and HTTP/1.1; then reloads of nginx under the same loads of
# curl, which connects anew when nginx has closed a connection, as browsers do and h2load does not. Exits with 1 when a
# request failed over the deploys, or when the front does not do what docs/how-to/tls-front.md says.
#
#   Benchmarks/tls-front.sh [DEPLOYS, 20] [RELOADS, 5]
set -u -o pipefail
# shellcheck source=Benchmarks/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
deploys="${1:-20}"
reloads="${2:-5}"
nginx="$(command -v nginx || echo /usr/sbin/nginx)"
for program in "$nginx" h2load openssl curl; do
    command -v "$program" >/dev/null || { echo "missing: $program" >&2; exit 1; }
done
failures=0
front=
loads=()

finish() {
    [ -n "$site" ] && touch "$site/enough"
    [ "${#loads[@]}" -eq 0 ] || wait "${loads[@]}"
    [ -z "$front" ] || { kill -QUIT "$front"; wait "$front"; }
    stop_server
}

# What deploy/nginx has, with other ports, another certificate, and nothing written outside of the directory.
start_front() {
    http=$(free_port) https=$(free_port)
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=www.foobar.com -keyout "$site/privkey.pem" \
        -addext subjectAltName=DNS:www.foobar.com,DNS:foobar.com -out "$site/fullchain.pem" 2>/dev/null
    sed -e "s/server 127.0.0.1:8080;/server $address;/; s/listen 80;/listen 127.0.0.1:$http;/" -e '/listen \[/d' \
        -e "s/listen 443 /listen 127.0.0.1:$https /; s#/etc/letsencrypt/live/foobar.com#$site#; s#/var/www/acme#$site/acme#" \
        "$here/deploy/nginx/foobar.com.conf" >"$site/foobar.com.conf"
    cat >"$site/nginx.conf" <<CONFIG
worker_processes 1; daemon off; pid $site/nginx.pid; error_log $site/nginx.log;
include $here/deploy/nginx/main.conf;
events { worker_connections 1024; }
http {
    access_log off;
    $(nginx_paths "$site")
    include $site/foobar.com.conf;
}
CONFIG
    chmod 755 "$site"
    "$nginx" -c "$site/nginx.conf" 2>"$site/nginx.start" &
    front=$!
    for ((tries = 0; tries < 300; tries++)); do
        ask https://www.foobar.com:"$https"/version >/dev/null && return
        kill -0 "$front" 2>/dev/null || break
        sleep 0.1
    done
    cat "$site/nginx.start" "$site/nginx.log" >&2
    exit 1
}

# curl to the front, by the site's names.
ask() {
    curl --silent --max-time 30 --cacert "$site/fullchain.pem" --resolve "www.foobar.com:$https:127.0.0.1" \
        --resolve "foobar.com:$https:127.0.0.1" --resolve "foobar.com:$http:127.0.0.1" "$@"
}

# One program's requests again and again until it is enough; each run ends by itself, so that all of its requests have an end.
load() { # NAME COMMAND…
    local name=$1
    shift
    until [ -e "$site/enough" ]; do "$@" 2>&1; done >"$site/load.$name" &
    loads+=($!)
}
start_loads() { # PROGRAM
    local url="https://www.foobar.com:$https" body=(-d "$site/posted")
    local client=(h2load --connect-to="127.0.0.1:$https" -n 1000 -c 8) form=(--h1) streams=(-m 8)
    [ "$1" = curl ] && client=(ask -o /dev/null -w '%{http_code}\n') form=(--http1.1) streams=() body=(-d "@$site/posted")
    [ "$1" = curl ] && url+="/{$(seq -s, 1000 1999)}/.."
    rm -f "$site/enough" "$site"/load.*
    head -c 3000 /dev/zero | tr '\0' x >"$site/posted"
    load "h2 GET" "${client[@]}" "${streams[@]}" "$url/version"
    load "h2 POST" "${client[@]}" "${streams[@]}" "${body[@]}" "$url/echo"
    load "h1 GET" "${client[@]}" "${form[@]}" "$url/version"
    load "h1 POST" "${client[@]}" "${form[@]}" "${body[@]}" "$url/echo"
    # Each has had an answer before anything happens.
    for ((tries = 0; tries < 600; tries++)); do
        [ "$(grep -lE '^requests: |^[0-9]{3}$' "$site"/load.* 2>/dev/null | wc -l)" = 4 ] && return
        sleep 0.1
    done
    echo "a load got no answer within a minute" >&2
    failures=$((failures + 1))
}
end_loads() { # WHAT: a row a load
    touch "$site/enough"
    wait "${loads[@]}"
    loads=()
    python3 - "$1" "$site" <<'P'
import re, sys
what, site = sys.argv[1:]
bad = 0
for name in ("h2 GET", "h2 POST", "h1 GET", "h1 POST"):
    text = open(f"{site}/load.{name}").read()
    # h2load tells sums, curl the status of each request, 000 where there was none.
    runs = re.findall(r"^requests: (\d+) total, \d+ started, (\d+) done, (\d+) succeeded", text, re.M)
    answers = re.findall(r"^(\d\d\d)$", text, re.M)
    total = sum(int(run[0]) for run in runs) + len(answers)
    whole = sum(int(run[2]) for run in runs) + answers.count("200")
    good = sum(map(int, re.findall(r"^status codes: (\d+) 2xx", text, re.M))) + answers.count("200")
    failed = total - min(whole, good)
    print(f"{what:<12}  {name:<8}  {total:>8}  {failed:>6}", flush=True)
    bad += failed + (total == 0)
sys.exit(1 if bad else 0)
P
}

check() { # WHAT FOUND EXPECTED
    [ "$2" = "$3" ] && return
    echo "$1: found '$2', expected '$3'" >&2
    failures=$((failures + 1))
}

start_server 2 0
trap finish EXIT
start_front
check "HTTP/2" "$(ask -o /dev/null -w '%{http_version} %{http_code}' "https://www.foobar.com:$https/version")" "2 200"
check "HTTP/1.1" "$(ask --http1.1 -o /dev/null -w '%{http_version} %{http_code}' "https://www.foobar.com:$https/version")" \
    "1.1 200"
redirect="308 https://www.foobar.com/x?y"
check "the bare name" "$(ask -o /dev/null -w '%{http_code} %{redirect_url}' "https://foobar.com:$https/x?y")" "$redirect"
check "plain HTTP" "$(ask -o /dev/null -w '%{http_code} %{redirect_url}' "http://foobar.com:$http/x?y")" "$redirect"

echo "during        load      requests  failed"
start_loads h2load
for ((number = 1; number <= deploys; number++)); do
    deployd deploy "v$((number % 2 + 1))" >"$site/deploy" 2>&1 || { cat "$site/deploy" >&2; failures=$((failures + 1)); }
done
end_loads "$deploys deploys" || failures=$((failures + 1))
wait_until_drained

if [ "$reloads" -gt 0 ]; then
    start_loads curl
    for ((number = 1; number <= reloads; number++)); do
        "$nginx" -c "$site/nginx.conf" -s reload 2>>"$site/nginx.log"
        sleep 1
    done
    # Told, and no promise: what crosses the close of an old process of nginx is the client's to send again.
    end_loads "$reloads reloads" || true
fi

# The client's address, behind: a release whose web server trusts nginx, and a client that lies.
mkdir -p "$site/releases/files/public"
echo files >"$site/releases/files/public/version"
echo '{ web: { files: "public", trustedProxies: ["127.0.0.1"], accessLog: "json", requestId: true }, watch: "0" }' \
    >"$site/releases/files/release.json"
deployd deploy files >"$site/deploy" 2>&1 || cat "$site/deploy" >&2
# (Again and again: a connection that nginx keeps may still be the old generation's.)
for ((tries = 0; tries < 100; tries++)); do
    ask --interface 127.0.0.9 -H 'X-Forwarded-For: 1.2.3.4' -H 'Forwarded: for=1.2.3.4' -H 'X-Request-Id: mine' -o /dev/null \
        "https://www.foobar.com:$https/version"
    line="$(deployd logs | grep '/version' | grep 127.0.0.9)" && break
    sleep 0.2
done
check "the client's address in the log" "${line:+there}" there
check "the request's identifier in the log, not the client's" \
    "$(grep -qE '"id":"[0-9a-f]{32}"' <<<"$line" && ! grep -q mine <<<"$line" && echo there)" there
[ "$failures" -eq 0 ] || grep -v 'signal\|SIG\|exit\|start' "$site/nginx.log" | tail -20 >&2
exit $((failures > 0))
