# A server for the benchmarks, to be sourced: a master of its own with v1 and v2 in a temporary directory, on a port of
# the kernel's choice. It is ended, and its directory taken away, when the script ends.
#
#   start_server WORKERS WATCH [LISTENERS, 1]
#                                 sets $address, $master (pid) and $site (the directory)
#   deployd VERB …                the command, for this server
#   begin_loads, end_loads        the four strict loads on it; the latter prints a line for each, and fails when a request did
#
# And for peers beside it: free_port, and nginx_paths DIRECTORY (what an nginx must be told to write nowhere else).

# What it writes is not for others to write to, whatever the caller allows.
umask 022

here="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
products="${PRODUCTS:-$here/.build/release}"
site=
master=

deployd() { "$products/deployd" "$@" --config "$site/deployd.json"; }

status() { deployd status --json; }

# A value of the status: an expression in Python over `s`.
of_status() { status | python3 -c "import json, sys; s = json.load(sys.stdin); print($1)"; }

# Sets $site: a directory with the releases v1 and v2, which are watched for so long.
make_releases() {
    local version
    for version in deployd site-v1 site-v2 strict-load; do
        [ -x "$products/$version" ] || { echo "$products/$version is missing: swift build -c release" >&2; exit 1; }
    done
    site="$(mktemp -d "${TMPDIR:-/tmp}/deployd-bench-XXXXXX")" || exit 1
    for version in v1 v2; do
        mkdir -p "$site/releases/$version"
        cp -r "$here/releases/$version/public" "$site/releases/$version/"
        echo "{ command: [\"site-$version\"], health: { path: \"/healthz\" }, watch: \"$1\" }" \
            >"$site/releases/$version/release.json"
    done
}

start_server() {
    make_releases "$2"
    local listen
    listen="$(printf '"127.0.0.1:0", %.0s' $(seq "${3:-1}"))"
    echo "{ listen: [${listen%, }], workers: $1, state: \"state\" }" >"$site/deployd.json"
    start_master
}

# Starts the site that is described in $site, and waits until it serves.
start_master() {
    local tries=0
    "$products/deployd" start --config "$site/deployd.json" 2>"$site/journal" &
    master=$!
    trap stop_server EXIT
    until [ "$(of_status "s.get('serving', '')" 2>/dev/null)" = 1 ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 200 ] && kill -0 "$master" 2>/dev/null || { cat "$site/journal" >&2; exit 1; }
    done
    address="$(of_status "s['listeners'][0]['address']")"
}

wait_until_drained() {
    local tries=0
    until [ "$(of_status "len(s['generations'])")" = 1 ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 2000 ] || { echo "old generations stay" >&2; exit 1; }
    done
}

loads=()

begin_loads() {
    local mode words
    for mode in keepalive close idle post; do
        words=()
        [ "$mode" = idle ] && words+=(--think 0s-1s)
        [ "$mode" = post ] || words+=(--expect-body-any 'v1\n' --expect-body-any 'v2\n')
        "$products/strict-load" "$address" --mode "$mode" --connections 16 --json "${words[@]}" >"$site/report.$mode" &
        loads+=($!)
    done
}

end_loads() {
    kill -INT "${loads[@]}"
    wait "${loads[@]}"
    python3 - "$site" <<'P'
import json, sys
bad = 0
for mode in ("keepalive", "close", "idle", "post"):
    report = json.load(open(f"{sys.argv[1]}/report.{mode}"))
    kinds = {k: v for k, v in report["failures"].items() if v}
    print(f"{mode:<9}  answered {report['answered']:>8}  failed {report['failed']}  longest gap "
          f"{report['longestGap']['length'] / 1e6:.0f} ms  {kinds or ''}")
    bad += not report["perfect"]
sys.exit(bad > 0)
P
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

nginx_paths() {
    local kind
    for kind in client_body proxy fastcgi uwsgi scgi; do echo "${kind}_temp_path $1/nginx.$kind;"; done
}

stop_server() {
    [ -n "$master" ] && deployd stop --now >/dev/null 2>&1
    [ -n "$site" ] && rm -rf "$site"
}
