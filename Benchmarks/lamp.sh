#!/usr/bin/env bash
# The guest book on MariaDB: visitors log in, write and read while lamp-v1 and lamp-v2 are deployed in turn (the first
# time with a migration), a broken release is deployed, MariaDB is killed and started again, once by itself and once in the watch
# of a deploy, and php-fpm's master is killed. Tells for each of these the requests, those that failed, and those to which the
# site said that its database is away; and at the end whether every acknowledged entry is in the database exactly once. Exits
# with 1 when another deploy than the one in whose watch MariaDB was killed did not end as it should, when a request failed
# but for php-fpm's death, when the site called its database away while it ran, when an entry or a session was lost.
#
#   Benchmarks/lamp.sh [DEPLOYS, 20] [VISITORS, 6]
set -u -o pipefail
# shellcheck source=Benchmarks/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
deploys="${1:-20}"
visitors="${2:-6}"
PATH="$PATH:/usr/sbin:/sbin"
for program in "$products/deployd" mariadbd mariadb-install-db mariadb php-fpm8.2 php8.2 python3; do
    command -v "$program" >/dev/null || { echo "missing: $program" >&2; exit 1; }
done
[[ "$(php8.2 -m)" = *pdo_mysql* ]] || { echo "missing: php8.2-mysql" >&2; exit 1; }
failures=0
database=
crowd=

fail() { echo "$1" >&2; failures=$((failures + 1)); }

finish() {
    [ -z "$crowd" ] || { kill -INT "$crowd" && wait "$crowd"; } 2>/dev/null
    [ -z "$database" ] || { kill "$database" && wait "$database"; } 2>/dev/null
    stop_server
}
trap finish EXIT

# Until a command succeeds, for a minute.
until_true() { # WHAT COMMAND…
    local tries
    for ((tries = 0; tries < 600; tries++)); do
        "${@:2}" >/dev/null 2>&1 && return
        sleep 0.1
    done
    fail "waited a minute in vain for $1"
    tail -5 "$site/journal" "$site/database.log" >&2
    exit 1
}

ask_database() { mariadb --no-defaults --socket="$site/database.sock" --skip-column-names --batch -e "$1" site; }

# A MariaDB of its own: no network, no service, nothing outside of the directory.
start_database() {
    mariadbd --no-defaults --datadir="$site/database" --socket="$site/database.sock" --pid-file="$site/database.pid" \
        --skip-networking --innodb-buffer-pool-size=32M --user="$(id -un)" 2>>"$site/database.log" &
    database=$!
    until_true "MariaDB" mariadb --no-defaults --socket="$site/database.sock" -e "SELECT 1"
}
kill_database() {
    kill -KILL "$database"
    wait "$database" 2>/dev/null
    database=
}

start_site() {
    local release user=
    mkdir -p "$site/releases" "$site/data"
    # As on a real server, where root can be had: the workers are another user, who may not reach this checkout.
    [ "$(id -u)" -eq 0 ] && user='user: "www-data",' && chown www-data "$site/data"
    chmod 755 "$site"
    install "$products/deployd" "$site/deployd"
    for release in lamp-v1 lamp-v2; do cp -r "$here/releases/$release" "$site/releases/"; done
    cp -r "$here/releases/lamp-v2" "$site/releases/broken"
    echo '<?php not PHP' >"$site/releases/broken/app/guestbook.php"
    cat >"$site/deployd.json" <<CONFIG
{ listen: ["127.0.0.1:0"], workers: 2, $user state: "state", release: "releases/lamp-v1", policies: { readyTimeout: "10s" },
  environment: { DATABASE: "mysql:unix_socket=$site/database.sock;dbname=site;charset=utf8mb4", DATABASE_USER: "site" } }
CONFIG
    "$site/deployd" start --config "$site/deployd.json" 2>"$site/journal" &
    master=$!
    until_true "the site" serves
    address="$(of_status "s['listeners'][0]['address']")"
}
serves() { [ "$(of_status "s.get('serving') or 0")" -gt 0 ]; }

# Phases: what happens from now on is told under this name.
phase() { echo "$(date +%s.%N) $*" >>"$site/phases"; }
deploy() { # RELEASE EXPECTED-CODE
    local code
    deployd deploy "$1" >"$site/deploy" 2>&1
    code=$?
    [ "$code" = "$2" ] || { fail "deploy of $1: exit code $code, expected $2"; cat "$site/deploy" >&2; }
}
other() {
    local release="[g['release'] for g in s['generations'] if g['number'] == s['serving']][0]"
    [[ "$(of_status "$release")" = *lamp-v1 ]] && echo lamp-v2 || echo lamp-v1
}
entries() { ask_database "SELECT COUNT(*) FROM entries"; }
# Until visitors have written so many more entries.
written() {
    local before
    before=$(entries)
    until_true "$1 more entries" eval "[ \$(entries) -ge $((before + $1)) ]"
}
fpm() {
    of_status "[w['pid'] for g in s['generations'] if g['number'] == s['serving'] for w in g['workers'] if w.get('process') == 'php'][0]"
}

site="$(mktemp -d "${TMPDIR:-/tmp}/deployd-lamp-XXXXXX")" || exit 1
mariadb-install-db --no-defaults --datadir="$site/database" --user="$(id -un)" --auth-root-authentication-method=normal \
    --skip-test-db >"$site/database.log" 2>&1 || { cat "$site/database.log" >&2; exit 1; }
start_database
mariadb --no-defaults --socket="$site/database.sock" \
    -e "CREATE DATABASE site CHARACTER SET utf8mb4; CREATE USER site@localhost; GRANT ALL ON site.* TO site@localhost"
start_site
python3 "$here/Tests/Fixtures/visitor" "$address" "$visitors" >"$site/visit" &
crowd=$!

phase "nothing"
written 20
phase "$deploys deploys"
for ((number = 1; number <= deploys; number++)); do deploy "$(other)" 0; done
phase "a broken release"
deploy broken 1
written 10
phase "MariaDB killed"
kill_database
sleep 2
start_database
written 10
phase "MariaDB killed in a watch"
deployd deploy "$(other)" >"$site/deploy" 2>&1 &
deploy=$!
until_true "the watch" grep -q 'cut-over' "$site/deploy"
kill_database
sleep 2
start_database
wait "$deploy" && outcome="committed" || outcome="$(sed -n 's/^deployd: //p' "$site/deploy")"
written 10
phase "php-fpm's master killed"
killed="$(fpm)"
kill -KILL "$killed"
until_true "another php-fpm" eval '[ "$(fpm)" -gt 0 ] && [ "$(fpm)" != '"$killed"' ]'
written 10
phase "the end"
kill -INT "$crowd"
wait "$crowd" || fail "the visitors did not come to an end"
crowd=
ask_database "SELECT token FROM entries" >"$site/tokens"

python3 - "$site" "$outcome" <<'P' || failures=$((failures + 1))
import bisect, collections, json, sys
site, outcome = sys.argv[1:]
visit = json.load(open(f"{site}/visit"))
phases = [line.rstrip("\n").split(" ", 1) for line in open(f"{site}/phases")]
starts = [float(start) for start, _ in phases]
rows = collections.defaultdict(lambda: [0, 0, 0])
for at, kind in visit["log"]:
    rows[phases[max(0, bisect.bisect(starts, at) - 1)][1]][kind] += 1
print(f"{'during':<26}  {'requests':>8}  {'failed':>6}  {'database away':>13}")
good = True
for _, name in phases:
    answered, away, failed = rows[name]
    print(f"{name:<26}  {answered + away + failed:>8}  {failed:>6}  {away:>13}")
    good &= (failed == 0 or "php-fpm" in name) and (away == 0 or "MariaDB" in name)
tokens = collections.Counter(open(f"{site}/tokens").read().split())
told = visit["acknowledged"]
once = sum(tokens[token] == 1 for token in told)
print(f"the deploy in whose watch MariaDB was killed: {outcome}")
print(f"acknowledged entries: {len(told)}, in the database exactly once: {once}, entries that nobody acknowledged: "
      f"{len(set(tokens) - set(told))}")
for failure in visit["failures"][:20]:
    print(failure)
good &= once == len(told) > 0 and set(tokens) == set(told) and not any("logged in" in f for f in visit["failures"])
sys.exit(0 if good else 1)
P
[ "$failures" -eq 0 ] || grep -v '^20.*INFO' "$site/journal" | tail -20 >&2
exit $((failures > 0))
