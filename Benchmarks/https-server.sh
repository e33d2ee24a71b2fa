# A server with HTTPS for the benchmarks, to be sourced; it sources server.sh.
#
#   start_https_server WORKERS [LISTENERS, 1] [KEY]
#                                 a master with v1 and v2 at one listener without TLS and so many with it. Sets $plain and the
#                                 list $secure (addresses) beside $master and $site. These are of 127.0.0.2: clients come from
#                                 127.0.0.1, and probes from the listener's own address. The issuer of localhost's certificate
#                                 is $site/issuer.pem
#   issue NAME HOST [KEY] [DAYS]  a certificate $site/NAME.pem, with the issuer's behind it, and its key $site/NAME.key.
#                                 KEY is rsa, or ec if not given
#   kill_master                   SIGKILL, and a start by hand, as kills.sh has it
#   upgrade_master NUMBER         an upgrade, each time to another file
#   end_processes PID …           ends them, and waits for them

# shellcheck shell=bash disable=SC2034,SC2015
# shellcheck source=Benchmarks/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"

plain=
secure=()

key_options() {
    [ "$1" = rsa ] && echo "-newkey rsa:2048" && return
    echo "-newkey ec -pkeyopt ec_paramgen_curve:P-256"
}

# The issuer's key is of the same kind as the server's: clients may know one kind alone.
make_issuer() {
    # shellcheck disable=SC2046
    openssl req -x509 -nodes -days 120 $(key_options "${1:-ec}") -subj "/CN=Issuer of the benchmarks" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
        -keyout "$site/issuer.key" -out "$site/issuer.pem" 2>>"$site/openssl.log" && chmod 600 "$site/issuer.key"
}

issue() {
    local names="DNS:$2"
    [ "$2" = localhost ] && names="DNS:localhost,IP:127.0.0.1,IP:127.0.0.2"
    # shellcheck disable=SC2046
    openssl req -nodes $(key_options "${3:-ec}") -subj "/CN=$2" -keyout "$site/$1.key" -out "$site/$1.request" \
        2>>"$site/openssl.log" || return 1
    chmod 600 "$site/$1.key"
    printf '%s\n' "subjectAltName=$names" "extendedKeyUsage=serverAuth" "basicConstraints=CA:FALSE" \
        "keyUsage=critical,digitalSignature" >"$site/$1.extensions"
    openssl x509 -req -in "$site/$1.request" -CA "$site/issuer.pem" -CAkey "$site/issuer.key" -set_serial "0x$(openssl rand -hex 15)" \
        -days "${4:-90}" -extfile "$site/$1.extensions" 2>>"$site/openssl.log" | cat - "$site/issuer.pem" >"$site/$1.pem"
}

start_https_server() {
    command -v openssl >/dev/null || { echo "missing: openssl" >&2; exit 1; }
    make_releases 0
    make_issuer "${3:-ec}" && issue localhost localhost "${3:-ec}" || { cat "$site/openssl.log" >&2; exit 1; }
    local listen
    listen="$(printf '{ address: "127.0.0.2:0", tls: true }, %.0s' $(seq "${2:-1}"))"
    cat >"$site/deployd.json" <<CONFIGURATION
{
  listen: ["127.0.0.1:0", ${listen%, }],
  tls: { certificates: [{ certificate: "localhost.pem", key: "localhost.key" }] },
  workers: $1,
  state: "state",
}
CONFIGURATION
    start_master
    plain="$address"
    mapfile -t secure < <(of_status "'\\n'.join(l['address'] for l in s['listeners'] if l.get('tls'))")
}

kill_master() {
    kill -KILL "$master"
    wait "$master" 2>/dev/null
    "$products/deployd" start --config "$site/deployd.json" 2>>"$site/journal" &
    master=$!
    until [ "$(of_status "s.get('deployment') is None" 2>/dev/null)" = True ]; do
        kill -0 "$master" 2>/dev/null || { tail -n 3 "$site/journal" >&2; exit 1; }
    done
}

# Ends processes, and waits for them.
end_processes() {
    [ "$#" -eq 0 ] && return
    kill "$@" 2>/dev/null
    wait "$@" 2>/dev/null
}

upgrade_master() {
    local program="$site/program$(($1 % 2))"
    [ -d "$program" ] || { mkdir "$program" && cp "$products"/{deployd,site-v1,site-v2} "$program/"; }
    deployd upgrade "$program/deployd" >"$site/upgrade" 2>&1 || { cat "$site/upgrade" >&2; return 1; }
}
