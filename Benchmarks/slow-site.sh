#!/usr/bin/env bash
# Slow visitors of a site in PHP: six and sixty uploads that come at 20 KB/s, and six readers who take a page of 100 MB at 200 KB/s,
# beside a php-fpm with six children. Everybody else asks for a page of PHP and for a file meanwhile, from a fixed plan: their p50 and p99
# in peace and beside the slow ones, and how many failed. Exits with 1 when one failed, or when the p99 of either is more than twice that in
# peace, and more than 5 ms above it.
#
#   Benchmarks/slow-site.sh [SECONDS, 10] [RATE, 50] [ROUNDS, 3]
#
# Needs php-fpm8.2, python3, and swift build -c release (or PRODUCTS).
set -u -o pipefail
# shellcheck source=Benchmarks/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
seconds="${1:-10}"
rate="${2:-50}"
rounds="${3:-3}"
PATH="$PATH:/usr/sbin:/sbin"
for program in "$products/deployd" "$products/strict-load" php-fpm8.2 python3; do
    command -v "$program" >/dev/null || { echo "missing: $program" >&2; exit 1; }
done

write_release() {
    local release="$site/releases/r"
    mkdir -p "$release/public"
    echo '<?php usleep(5000); for ($i = 0; $i < 300; $i++) echo "row $i of the table<br>\n";' >"$release/public/page.php"
    echo '<?php for ($i = 0; $i < 1600; $i++) echo str_repeat(chr(97 + $i % 26), 65536);' >"$release/public/large.php"
    echo '<?php echo strlen(file_get_contents("php://input"));' >"$release/public/upload.php"
    head -c 20000 /dev/urandom >"$release/public/file.bin"
    cat >"$release/php-fpm.conf" <<'CONF'
[global]
error_log = /proc/self/fd/2
[www]
listen = ${DEPLOYD_SOCKET}
user = www-data
group = www-data
pm = static
pm.max_children = 6
php_admin_value[post_max_size] = 100M
CONF
    [ "$(id -u)" -eq 0 ] || sed -i '/^user =/d; /^group =/d' "$release/php-fpm.conf"
    cat >"$release/release.json" <<'JSON'
{ web: { files: "public", fastcgi: { to: "php" }, maxBodyBytes: "100M" }, watch: "50ms", health: { path: "/page.php" },
  processes: { php: { command: ["php-fpm8.2", "--nodaemonize", "--fpm-config", "php-fpm.conf"], inherit: "fpm" } } }
JSON
}

site="$(mktemp -d "${TMPDIR:-/tmp}/deployd-bench-XXXXXX")" || exit 1
chmod 755 "$site"
write_release
user=
[ "$(id -u)" -eq 0 ] && user='user: "www-data",'
echo "{ listen: [\"127.0.0.1:0\"], workers: 2, $user state: \"state\", release: \"releases/r\" }" >"$site/deployd.json"
load="$products/strict-load"
[ -z "$user" ] || { install "$products/deployd" "$site/deployd" && products="$site"; }
start_master

# Visitors of a kind, so many, until they are ended: `upload` or `read`.
cat >"$site/slow.py" <<'P'
import asyncio, socket, sys
kind, count, address = sys.argv[1], int(sys.argv[2]), sys.argv[3]
host, port = address.rsplit(":", 1)

async def upload():
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /upload.php HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n")
    while True:
        writer.write(b"x" * 4000)
        await writer.drain()
        await asyncio.sleep(0.2)

async def read():
    end = socket.socket()
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
    end.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(end, (host, int(port)))
    await loop.sock_sendall(end, b"GET /large.php HTTP/1.1\r\nHost: a\r\n\r\n")
    while await loop.sock_recv(end, 20000): await asyncio.sleep(0.1)

async def main(): await asyncio.gather(*(upload() if kind == "upload" else read() for _ in range(count)))
asyncio.run(main())
P

# Everybody else for so long: a line of p50 and p99 in milliseconds and failures, for PHP and for the file, into a file.
others() { # FILE
    local path words=()
    for path in /page.php /file.bin; do
        "$load" "$address" --mode keepalive --connections 4 --rate "$rate" --duration "${seconds}s" --path "$path" --json \
            >"$site/report.${path##*.}" &
        words+=($!)
    done
    wait "${words[@]}"
    python3 - "$site" >>"$site/$1" <<'P'
import json, sys
reports = [json.load(open(f"{sys.argv[1]}/report.{kind}")) for kind in ("php", "bin")]
print(*(f"{r['latency']['p50'] / 1e6} {r['latency']['p99'] / 1e6} {r['failed']}" for r in reports))
P
}

failed=0
# In peace and beside slow ones in turn, since the machine may have other work: the medians of the rounds.
during() { # KIND COUNT NAME
    local round slow
    rm -f "$site/peace" "$site/slow"
    for ((round = 0; round < rounds; round++)); do
        others peace
        python3 "$site/slow.py" "$1" "$2" "$address" 2>/dev/null &
        slow=$!
        # Readers' pages are written by then: while PHP writes them, its children are as busy as by any page that long.
        sleep 6
        others slow
        kill "$slow" 2>/dev/null
        wait "$slow" 2>/dev/null
    done
    python3 - "$site" "$3" <<'P' || failed=1
import statistics, sys
site, name = sys.argv[1:]
def columns(file): return list(zip(*(map(float, line.split()) for line in open(f"{site}/{file}"))))
peace, slow = columns("peace"), columns("slow")
median = statistics.median
good = sum(map(sum, (slow[2], slow[5], peace[2], peace[5]))) == 0
line = f"{name:<20}"
for first in (0, 3):
    p99 = median(peace[first + 1]), median(slow[first + 1])
    good &= p99[1] <= 2 * p99[0] or p99[1] <= p99[0] + 5
    line += f"{median(peace[first]):9.1f}{p99[0]:8.1f}{median(slow[first]):9.1f}{p99[1]:8.1f}{sum(slow[first + 2]):7.0f}"
print(line + ("" if good else "   too much"), flush=True)
sys.exit(not good)
P
}

printf '%-20s%9s%8s%9s%8s%7s%9s%8s%9s%8s%7s\n' "ms for all others" "PHP p50" p99 "beside" p99 failed "file p50" p99 "beside" p99 failed
during upload 6 "six slow uploads"
during upload 60 "sixty slow uploads"
during read 6 "six slow readers"
exit "$failed"
