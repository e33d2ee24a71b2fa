# A MariaDB of a benchmark's own, to be sourced behind server.sh: no network, no service, nothing outside of $site.
#
#   start_database     with a database `site` for site@localhost, whose password is `secret`; sets $database (pid)
#   stop_database

database=

start_database() {
    mariadb-install-db --no-defaults --datadir="$site/database" --user="$(id -un)" --auth-root-authentication-method=normal \
        >"$site/database.log" 2>&1 || { cat "$site/database.log" >&2; exit 1; }
    mariadbd --no-defaults --datadir="$site/database" --socket="$site/database.sock" --skip-networking \
        --innodb-buffer-pool-size=32M --user="$(id -un)" 2>>"$site/database.log" &
    database=$!
    local tries=0
    until mariadb --no-defaults --socket="$site/database.sock" -e "SELECT 1" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ "$tries" -lt 600 ] || { echo "MariaDB does not start" >&2; exit 1; }
        sleep 0.1
    done
    mariadb --no-defaults --socket="$site/database.sock" -e \
        "CREATE DATABASE site; CREATE USER site@localhost IDENTIFIED BY 'secret'; GRANT ALL ON site.* TO site@localhost"
    chmod 755 "$site/database" && chmod 777 "$site/database.sock"
}

stop_database() { [ -z "$database" ] || { kill "$database" && wait "$database"; } 2>/dev/null; }
