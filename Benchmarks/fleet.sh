#!/usr/bin/env bash
# Three hosts with deployd behind HAProxy, deployed to by Ansible, as deploy/fleet has them: each host is a network namespace, and
# commands reach it without ssh. Under four loads through HAProxy: deploys from host to host, a release that is bad everywhere,
# one that is bad on the last host only, and maintenance, for which deployd is stopped on one host after the other. Exits with 1
# when a request failed, or when a host serves another release than it should. Needs root, HAProxy, Ansible and socat.
#
#   Benchmarks/fleet.sh [DEPLOYS, 4] [MAINTENANCES, 1]
set -u -o pipefail
# In namespaces of its own: nothing is left on the machine, whatever happens. The programs in it end with the first one.
[ "${FLEET_ALONE:-}" = yes ] ||
    exec env FLEET_ALONE=yes unshare --net --mount --pid --fork --mount-proc --kill-child bash "${BASH_SOURCE[0]}" "$@"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
products="${PRODUCTS:-$here/.build/release}"
deploys="${1:-4}"
maintenances="${2:-1}"
PATH="$PATH:/usr/sbin:/sbin"
for program in "$products/deployd" "$products/site-v1" "$products/site-v2" "$products/strict-load" haproxy ansible-playbook \
    socat ip curl; do
    command -v "$program" >/dev/null || { echo "missing: $program" >&2; exit 1; }
done
failures=0
hosts=(web-a web-b web-c)
fleet="$(mktemp -d "${TMPDIR:-/tmp}/deployd-fleet-XXXXXX")" || exit 1
trap 'rm -rf "$fleet"' EXIT

fail() { echo "$1" >&2; failures=$((failures + 1)); }

# A bridge, on whose end of it HAProxy and the users are, and a namespace for each host.
make_network() {
    local number=0 host
    mount -t tmpfs fleet /run && mkdir -p /run/netns && ip link set lo up && ip link add fleet type bridge &&
        ip address add 10.0.0.10/24 dev fleet && ip link set fleet up || { echo "no network can be made here" >&2; exit 1; }
    for host in "${hosts[@]}"; do
        number=$((number + 1))
        ip netns add "$host" && ip link add "$host" type veth peer name eth0 netns "$host" &&
            ip link set "$host" master fleet up && ip -n "$host" link set lo up &&
            ip -n "$host" address add "10.0.0.1$number/24" dev eth0 && ip -n "$host" link set eth0 up ||
            { echo "the network of $host cannot be made" >&2; exit 1; }
    done
}

# A host: a directory with releases and state, and the shell by which Ansible gets into its namespace.
start_host() { # HOST
    local host=$1 place="$fleet/$1"
    mkdir -p "$place/releases"
    release v0 "$place/releases/v0" '"site-v1"'
    cat >"$place/deployd.json" <<CONFIG
{ listen: ["0.0.0.0:8080"], workers: 2, state: "state", release: "releases/v0", policies: { readyTimeout: "10s" },
  environment: { FLEET_HOST: "$host" } }
CONFIG
    printf '#!/bin/sh\nexec ip netns exec %s /bin/sh "$@"\n' "$host" >"$place/shell"
    printf '#!/bin/sh\nexec ip netns exec %s %s/deployd start --config %s/deployd.json 2>>%s/journal\n' \
        "$host" "$products" "$place" "$place" >"$place/start"
    chmod +x "$place/shell" "$place/start"
    "$place/start" &
}

# A release: its manifest, in a directory.
release() { # NAME DIRECTORY COMMAND
    mkdir -p "$2/public"
    echo "$1" >"$2/public/index.html"
    echo "{ command: [$3], health: { path: \"/healthz\" }, watch: \"200ms\" }" >"$2/release.json"
}

write_files() {
    local host
    sed "s#/run/haproxy/admin.sock#$fleet/admin.sock#; s/bind :80\$/bind 127.0.0.1:8080/" \
        "$here/deploy/fleet/haproxy.cfg" >"$fleet/haproxy.cfg"
    sed "s#/usr/local/bin/deployd#$products/deployd#; s#/run/haproxy/admin.sock#$fleet/admin.sock#
        s#^deployd_config=.*#deployd_config=$fleet/{{ inventory_hostname }}/deployd.json#
        s#^releases=.*#releases=$fleet/{{ inventory_hostname }}/releases#" "$here/deploy/fleet/inventory.ini" \
        >"$fleet/inventory.ini"
    mkdir "$fleet/host_vars"
    for host in "${hosts[@]}"; do
        printf 'ansible_connection: local\nansible_shell_executable: %s/%s/shell\n' "$fleet" "$host" \
            >"$fleet/host_vars/$host.yml"
    done
    echo 'ansible_connection: local' >"$fleet/host_vars/front.yml"
}

play() { # NAME ARGUMENT…: a playbook of deploy/fleet
    (cd "$fleet" && ANSIBLE_LOCAL_TEMP="$fleet/ansible" ANSIBLE_REMOTE_TEMP="$fleet/ansible" ANSIBLE_NOCOLOR=1 \
        ANSIBLE_PIPELINING=1 ansible-playbook -i inventory.ini "$here/deploy/fleet/$1.yml" "${@:2}" >"$fleet/play" 2>&1)
}
expect_play() { # EXPECTED-CODE NAME ARGUMENT…; the code is 0, or "failed"
    local code=0
    play "${@:2}" || code=failed
    [ "$code" = "$1" ] || { fail "${*:2}: $code, expected $1"; cat "$fleet/play" >&2; }
}
expect_serving() { # RELEASE: on every host
    local host found
    for host in "${hosts[@]}"; do
        found="$("$products/deployd" status --json --config "$fleet/$host/deployd.json" | python3 -c "
import json, sys
s = json.load(sys.stdin)
print([g['release'] for g in s['generations'] if g['number'] == s['serving']][0])")"
        [ "$found" = "$1" ] || fail "$host serves $found, expected $1"
    done
}

make_network
for host in "${hosts[@]}"; do start_host "$host"; done
write_files
haproxy -f "$fleet/haproxy.cfg" -db >"$fleet/haproxy.log" 2>&1 &
up() { echo "show stat" | socat stdio "$fleet/admin.sock" 2>/dev/null | grep -c '^web,web-.*,UP,'; }
for ((tries = 0; tries < 600; tries++)); do
    [ "$(up)" = 3 ] && break
    sleep 0.1
done
[ "$(up)" = 3 ] || { echo "the hosts did not come up" >&2; cat "$fleet"/*/journal "$fleet/haproxy.log" >&2; exit 1; }

loads=()
for mode in keepalive close idle post; do
    bodies=(--expect-body-any 'v1\n' --expect-body-any 'v2\n')
    [ "$mode" = post ] && bodies=()
    # Not as fast as it goes: Ansible needs processor time as well.
    "$products/strict-load" 127.0.0.1:8080 --mode "$mode" --connections 8 --rate 50 --json "${bodies[@]}" >"$fleet/report.$mode" &
    loads+=($!)
done

echo "what                                          took s"
timed() { # WHAT COMMAND…
    local start=$SECONDS
    "${@:2}"
    printf '%-44s  %6s\n' "$1" "$((SECONDS - start))"
}
for ((number = 1; number <= deploys; number++)); do
    release "r$number" "$fleet/new/r$number" "\"site-v$((number % 2 + 1))\""
    timed "r$number to three hosts" expect_play 0 deploy -e "release=$fleet/new/r$number"
    expect_serving "r$number"
done
last="r$deploys"
release bad "$fleet/new/bad" '"sh", "-c", "exit 3"'
timed "bad, refused by the first host" expect_play failed deploy -e "release=$fleet/new/bad"
expect_serving "$last"
[ -e "$fleet/web-b/releases/bad" ] && fail "the second host has heard of the bad release"
release picky "$fleet/new/picky" '"sh", "-c", "test $FLEET_HOST != web-c && exec '"$products/site-v1"'"'
timed "picky, refused by the third host" expect_play failed deploy -e "release=$fleet/new/picky"
expect_serving "$last"
[ -e "$fleet/web-c/releases/picky" ] || fail "the third host has not heard of the picky release"
for ((number = 1; number <= maintenances; number++)); do
    stop="$products/deployd stop && (setsid $fleet/{{ inventory_hostname }}/start </dev/null >/dev/null 2>&1 &)"
    timed "maintenance of three hosts" expect_play 0 maintain -e "{\"work\": \"$stop\"}"
done
expect_serving "$last"

for pid in "${loads[@]}"; do kill -INT "$pid"; done
wait "${loads[@]}"
echo
echo "load        answered  failed"
for mode in keepalive close idle post; do
    python3 - "$mode" "$fleet/report.$mode" <<'P' || failures=$((failures + 1))
import json, sys
report = json.load(open(sys.argv[2]))
kinds = ", ".join(f"{kind} {count}" for kind, count in report["failures"].items() if count)
print(f"{sys.argv[1]:<10}  {report['answered']:>8}  {report['failed']:>6}  {kinds}")
sys.exit(0 if report["perfect"] else 1)
P
done
for host in "${hosts[@]}"; do
    "$products/deployd" stop --now --config "$fleet/$host/deployd.json" >/dev/null 2>&1
done
exit $((failures > 0))
