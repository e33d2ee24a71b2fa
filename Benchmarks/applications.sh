#!/usr/bin/env bash
# WordPress of Debian under deployd alone, with nothing in front: its own installer is run through HTTP, somebody logs in, writes a
# page, uploads a picture and 20 MB, and everything is asked for again after each of five deploys and after old releases were
# pruned, while a client that never retries asks for pages and pictures. Exits with 1 when an answer is not as expected, when a
# request failed, when the session was lost, or when something is served that must not be: sources, configuration, uploaded scripts.
#
#   Benchmarks/applications.sh [DEPLOYS, 5]
#
# The packages are downloaded with apt-get and unpacked in a temporary directory; nothing is installed.
set -u -o pipefail
# shellcheck source=Benchmarks/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
# shellcheck source=Benchmarks/database.sh
source "$(dirname "${BASH_SOURCE[0]}")/database.sh"
deploys="${1:-5}"
PATH="$PATH:/usr/sbin:/sbin"
for program in "$products/deployd" "$products/strict-load" mariadbd mariadb-install-db mariadb php-fpm8.2 python3 apt-get dpkg; do
    command -v "$program" >/dev/null || { echo "missing: $program" >&2; exit 1; }
done
[[ "$(php8.2 -m)" = *mysqli* ]] || { echo "missing: php8.2-mysql" >&2; exit 1; }
packages=(wordpress wordpress-theme-twentytwentythree libjs-cropper libjs-underscore php-getid3)

finish() {
    stop_server
    stop_database
}

unpack() {
    mkdir -p "$site/packages" "$site/root"
    (cd "$site/packages" && apt-get download "${packages[@]}") >"$site/apt.log" 2>&1 || { cat "$site/apt.log" >&2; exit 1; }
    local package
    for package in "$site"/packages/*.deb; do dpkg -x "$package" "$site/root" || exit 1; done
    # What its own scripts would copy there.
    mkdir -p "$site/root/usr/share/wordpress/wp-content"
    cp -rn "$site/root/var/lib/wordpress/wp-content/." "$site/root/usr/share/wordpress/wp-content/"
    rm -f "$site/root/usr/share/wordpress/.htaccess" "$site/root/usr/share/wordpress/wp-includes/certificates/ca-bundle.crt"
}

write_release() { # NAME
    local release="$site/releases/$1"
    mkdir -p "$release"
    # (Links to libraries of other packages become files: a release is whole.)
    cp -rL "$site/root/usr/share/wordpress" "$release/public"
    # The package has it empty; here it is the link that deployd makes.
    rmdir "$release/public/wp-content/uploads" 2>/dev/null
    cat >"$release/public/wp-config.php" <<PHP
<?php
define('DB_NAME', 'site');
define('DB_USER', 'site');
define('DB_PASSWORD', 'secret');
define('DB_HOST', 'localhost:$site/database.sock');
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as \$name) {
    define("{\$name}_KEY", "a key of \$name");
    define("{\$name}_SALT", "a salt of \$name");
}
\$table_prefix = 'wp_';
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
PHP
    "$products/deployd" init --app wordpress "$release" >/dev/null || exit 1
    # Only root may name another user.
    [ "$(id -u)" -eq 0 ] || sed -i '/^user =/d; /^group =/d' "$release/php-fpm.conf"
    sed -i 's/^    health:/    watch: "200ms",\n    health:/' "$release/release.json"
}

site="$(mktemp -d "${TMPDIR:-/tmp}/deployd-bench-XXXXXX")" || exit 1
trap finish EXIT
chmod 755 "$site"
unpack
start_database
user=
[ "$(id -u)" -eq 0 ] && user='user: "www-data",'
for ((number = 0; number <= deploys; number++)); do write_release "w$number"; done
cat >"$site/deployd.json" <<CONFIG
{ listen: ["127.0.0.1:0"], workers: 2, $user state: "state", release: "releases/w0", keep: 2,
  shared: { "public/wp-content/uploads": "data/uploads" } }
CONFIG
[ -z "$user" ] || install "$products/deployd" "$site/deployd"
[ -x "$site/deployd" ] && products_of_load="$products" && products="$site"
start_master
trap finish EXIT
products="${products_of_load:-$products}"

python3 - "$address" "$deploys" "$site" "$products" <<'P'
import http.cookiejar, json, os, re, subprocess, sys, time, urllib.error, urllib.parse, urllib.request, zlib, struct
address, deploys, site, products = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
base = f"http://{address}"
jar = http.cookiejar.CookieJar()
opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
wrong = []

def ask(path, data=None, headers={}, method=None):
    request = urllib.request.Request(base + path, data=data, headers=headers, method=method)
    try:
        with opener.open(request, timeout=60) as answer: return answer.status, answer.read(), answer.headers, answer.url
    except urllib.error.HTTPError as error: return error.code, error.read(), error.headers, error.url

def expect(what, good, found=""):
    if not good: wrong.append(what)
    print(f"{'ok  ' if good else 'BAD '} {what}" + (f"  ({found})" if not good else ""))

def form(**fields): return urllib.parse.urlencode(fields).encode()

status, body, *_ = ask("/wp-admin/install.php?step=2", form(
    weblog_title="A site", user_name="owner", admin_password="a long secret", admin_password2="a long secret",
    pw_weak="1", admin_email="owner@example.com", blog_public="0"))
expect("its installer, through HTTP", status == 200 and b"Success" in body, f"{status} {body[-300:]}")
ask("/wp-login.php")
status, body, _, url = ask("/wp-login.php", form(log="owner", pwd="a long secret", testcookie="1"))
expect("a login", status == 200 and url.endswith("/wp-admin/"), url)
nonce = ask("/wp-admin/admin-ajax.php?action=rest-nonce")[1].decode()

def rest(path, data, headers={}):
    status, body, *_ = ask(path, data, {"X-WP-Nonce": nonce, **headers}, "POST")
    return status, json.loads(body or b"null")

def picture(width):
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + os.urandom(3 * width) for _ in range(width))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, width, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))

status, _ = rest("/?rest_route=/wp/v2/settings", json.dumps({"title": "Another name"}).encode(), {"Content-Type": "application/json"})
expect("the REST interface, by its query", status == 200, status)
ask("/wp-admin/options-permalink.php")
page = ask("/wp-admin/options-permalink.php")[1].decode()
token = re.search(r'name="_wpnonce" value="(\w+)"', page)
status, *_ = ask("/wp-admin/options-permalink.php", form(
    _wpnonce=token.group(1) if token else "", selection="/%year%/%monthnum%/%postname%/",
    permalink_structure="/%year%/%monthnum%/%postname%/", submit="Save"))
expect("pretty addresses are switched on", status == 200, status)

uploads = {}
for name, content, kind in [("small.png", picture(40), "image/png"), ("large.png", picture(2700), "image/png")]:
    status, made = rest("/wp-json/wp/v2/media", content,
                        {"Content-Type": kind, "Content-Disposition": f'attachment; filename="{name}"'})
    expect(f"an upload of {len(content) / 1e6:.1f} MB, by the pretty address of REST", status == 201, f"{status} {made}")
    if status == 201: uploads[urllib.parse.urlsplit(made["source_url"]).path] = content
status, made = rest("/wp-json/wp/v2/posts", json.dumps(
    {"title": "First words", "content": "what was written", "status": "publish"}).encode(), {"Content-Type": "application/json"})
expect("an entry", status == 201, made)
entry = urllib.parse.urlsplit(made["link"]).path if status == 201 else "/none/"
month = os.path.dirname(next(iter(uploads), "/wp-content/uploads/x"))
place = site + "/data/uploads" + month.removeprefix("/wp-content/uploads")
open(place + "/evil.php", "w").write("<?php echo 'run';")
os.symlink("/etc/passwd", place + "/passwd.txt")

def look(when):
    for path, content in uploads.items():
        status, body, headers, _ = ask(path)
        expect(f"{when}: {path}", status == 200 and body == content and headers["X-Content-Type-Options"] == "nosniff", status)
    path, content = list(uploads.items())[-1]
    status, body, *_ = ask(path, headers={"Range": "bytes=1000-1999"})
    expect(f"{when}: a part of it", status == 206 and body == content[1000:2000], status)
    status, body, headers, _ = ask(entry)
    expect(f"{when}: {entry}", status == 200 and b"what was written" in body, status)
    expect(f"{when}: fields of the rules", headers["X-Powered-By"] is None, headers)
    status, _, _, url = ask("/wp-admin/")
    expect(f"{when}: the session", status == 200 and url.endswith("/wp-admin/"), url)
    status, _, _, url = ask("/wp-admin")
    expect(f"{when}: a directory without its slash", url.endswith("/wp-admin/"), url)
    status, *_ = ask("/no/such/entry/")
    expect(f"{when}: an address that names nothing", status == 404, status)
    for path in ["/wp-config.php", "/xmlrpc.php", "/release.json", "/../release.json", "/.htaccess", month + "/evil.php",
                 month + "/evil.php/x", month + "/passwd.txt", "/wp-config.php.bak", "/wp-config.php~", "/composer.json",
                 "/wp-content/uploads/../../wp-config.php", "/%77p-config.php", "/wp-includes/missing.php"]:
        status, body, *_ = ask(path)
        safe = status in (400, 403, 404) and b"DB_PASSWORD" not in body and b"root:" not in body and body != b"run"
        if not safe: expect(f"{when}: {path} is not for anybody", False, f"{status} {body[:80]}")

look("before")
load = subprocess.Popen([f"{products}/strict-load", address, "--mode", "keepalive", "--connections", "2", "--path",
                         list(uploads)[0], "--json"], stdout=subprocess.PIPE)
for number in range(1, deploys + 1):
    done = subprocess.run([f"{products}/deployd", "deploy", f"w{number}", "--config", f"{site}/deployd.json"],
                          capture_output=True, text=True)
    expect(f"deploy {number}", done.returncode == 0, done.stdout + done.stderr)
    look(f"after deploy {number}")
load.send_signal(2)
report = json.loads(load.communicate()[0])
expect(f"a client that never retries: {report['answered']} answers, {report['failed']} failed", report["perfect"], report["failures"])
for _ in range(300):
    left = sorted(os.listdir(f"{site}/releases"))
    if not any(name.startswith(".") for name in left): break
    time.sleep(0.1)
expect(f"old releases were pruned: {', '.join(left)} are left", len(left) <= 3 or deploys < 3, left)
look("after pruning")
print(f"{len(wrong)} of all is not as expected" if wrong else "all is well")
sys.exit(bool(wrong))
P
