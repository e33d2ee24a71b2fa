#!/usr/bin/env bash
# What two auditors say of deployd's TLS, and of nginx with Mozilla's settings in the same run: testssl.sh (all its tests, and the
# grade) and sslyze (all its tests, and whether Mozilla's "intermediate" is kept to). Prints each finding that is not the same for all,
# and each that blames deployd. Exits with 1 when testssl.sh has a finding above LOW for deployd that it has not for nginx
# "intermediate", when deployd's grade is below nginx's, or when sslyze calls deployd not compliant.
#
#   Benchmarks/https-audit.sh [DIRECTORY for the auditors' whole reports]
#
# Needs nginx, openssl, and testssl.sh of Debian (2 minutes a server); sslyze is installed by pip in a directory of its own, for this run.
# KEY=rsa has all of them use an RSA key.
set -u -o pipefail
# shellcheck source=Benchmarks/https-server.sh
source "$(dirname "${BASH_SOURCE[0]}")/https-server.sh"
reports="${1:-}"
for program in nginx openssl python3; do command -v "$program" >/dev/null || { echo "missing: $program" >&2; exit 1; }; done

start_https_server 2 1 "${KEY:-ec}"
chmod 755 "$site"
nginxes=()
# shellcheck disable=SC2317
end_all() {
    end_processes "${nginxes[@]}"
    stop_server
}
trap end_all EXIT
# The web server, which tells browsers to stay with https, as Mozilla's settings have it.
mkdir "$site/releases/web"
cp -r "$site/releases/v1/public" "$site/releases/web/"
echo '{ web: { files: "public", https: { only: true, maxAge: "365d" } } }' >"$site/releases/web/release.json"
deployd deploy web >"$site/deploy" 2>&1 || { cat "$site/deploy" >&2; exit 1; }
wait_until_drained
[ -n "$reports" ] || reports="$site/reports"
mkdir -p "$reports"

intermediate='ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384'
intermediate+=':ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305'
start_nginx() {
    local port
    port="$(free_port)"
    cat >"$site/$1.conf" <<CONFIG
worker_processes 1; daemon off; pid $site/$1.pid; error_log stderr crit;
events { worker_connections 1024; }
http {
    access_log off; types { text/html html; } default_type application/octet-stream;
    $(nginx_paths "$site")
    ssl_certificate $site/localhost.pem; ssl_certificate_key $site/localhost.key;
    ssl_session_timeout 1d; ssl_session_cache shared:all:10m; ssl_prefer_server_ciphers off;
    ssl_ecdh_curve X25519:prime256v1:secp384r1; ssl_protocols $2; ssl_ciphers $intermediate; server_tokens off;
    add_header Strict-Transport-Security "max-age=31536000" always;
    server { listen 127.0.0.2:$port ssl; root $site/releases/v1/public; }
}
CONFIG
    nginx -c "$site/$1.conf" 2>>"$site/nginx.log" & nginxes+=($!)
    servers+=("$1=127.0.0.2:$port")
}

servers=("deployd=${secure[0]}")
start_nginx intermediate "TLSv1.2 TLSv1.3"
start_nginx modern TLSv1.3
for server in "${servers[@]}"; do
    tries=0
    until curl -sSf --cacert "$site/issuer.pem" -o /dev/null "https://${server#*=}/" 2>"$site/curl"; do
        tries=$((tries + 1))
        [ "$tries" -lt 100 ] || { cat "$site/curl" "$site/nginx.log" >&2; exit 1; }
        sleep 0.05
    done
done

failures=0
if command -v testssl >/dev/null; then
    rm -f "$reports"/testssl.*
    for server in "${servers[@]}"; do
        (cd "$reports" && testssl --quiet --color 0 --warnings batch --nodns none --add-ca "$site/issuer.pem" \
            --jsonfile "$reports/testssl.${server%%=*}.json" "${server#*=}" >"$reports/testssl.${server%%=*}.txt" 2>&1)
    done
    python3 - "$reports" "${servers[@]%%=*}" <<'P' || failures=1
import json, sys
reports, names = sys.argv[1], sys.argv[2:]
BAD = ["LOW", "MEDIUM", "HIGH", "CRITICAL", "WARN"]
GRADES = ["A+", "A", "A-", "B", "C", "D", "E", "F", "M", "T"]
found = {name: {one["id"]: one for one in json.load(open(f"{reports}/testssl.{name}.json"))} for name in names}
own, nginx = found["deployd"], found["intermediate"]
said = lambda one: f"{one['severity']}: {one['finding']}" if one else "-"
print(f"testssl.sh, {len(own)} findings; those that blame deployd:")
bad = 0
for id_, one in own.items():
    if one["severity"] in BAD:
        other = nginx.get(id_, {"severity": "OK", "finding": ""})
        # A WARN is a check that failed, as one does that looks whether a session's ticket comes before it leaves.
        is_new = one["severity"] in BAD[1:4] and other["severity"] not in BAD[1:]
        bad += is_new
        print(f"  {id_}: {said(one)}   (nginx intermediate: {said(other)})")
print("other differences from nginx intermediate:")
for id_ in [*own, *(id_ for id_ in nginx if id_ not in own)]:
    one, other = own.get(id_), nginx.get(id_)
    if (one is None or other is None or one["finding"] != other["finding"]) and not (one and one["severity"] in BAD):
        if not any(word in id_ for word in ("time", "HTTP_clock_skew", "scanTime", "TLS_timestamp")):
            print(f"  {id_}: {said(one)[:90]}   (nginx: {said(other)[:90]})")
grade = {name: next((one["finding"] for id_, one in all_.items() if id_ == "overall_grade"), None) for name, all_ in found.items()}
if None in grade.values():
    print("grade: none; testssl.sh gives one from 3.2 on")
else:
    print("grade: " + ", ".join(f"{name} {value}" for name, value in grade.items()))
    bad += GRADES.index(grade["deployd"]) > GRADES.index(grade["intermediate"])
sys.exit(bad > 0)
P
else
    echo "SKIPPED testssl.sh: not installed (apt-get install testssl.sh)" >&2
fi

if python3 -m venv "$site/venv" && "$site/venv/bin/pip" install -q sslyze 2>"$site/pip"; then
    for server in "${servers[@]:0:2}"; do
        "$site/venv/bin/python" -W ignore -m sslyze --certinfo_ca_file "$site/issuer.pem" --mozilla_config intermediate \
            --json_out "$reports/sslyze.${server%%=*}.json" "${server#*=}" >"$reports/sslyze.${server%%=*}.txt" 2>&1
        echo "sslyze, Mozilla's intermediate, ${server%%=*}: $(grep -A 3 -F "${server#*=}: " "$reports/sslyze.${server%%=*}.txt" | tr -s ' \n' ' ')"
    done
    grep -qF "${secure[0]}: OK" "$reports/sslyze.deployd.txt" || failures=1
    for name in deployd intermediate; do sed -n '/Cipher Suites:/,/COMPLETED/p' "$reports/sslyze.$name.txt" >"$site/sslyze.$name"; done
    echo "sslyze, differences from nginx intermediate (> is deployd):"
    diff "$site/sslyze.intermediate" "$site/sslyze.deployd" | grep -v -e COMPLETED -e '^[0-9-]'
else
    echo "SKIPPED sslyze: pip cannot install it: $(tail -n 1 "$site/pip")" >&2
fi
exit "$failures"
