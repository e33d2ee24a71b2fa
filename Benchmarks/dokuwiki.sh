#!/usr/bin/env bash
# DokuWiki of Debian under deployd alone, by the manifest of `init --app dokuwiki`: its own installer is run through HTTP, somebody logs in,
# writes a page and uploads a picture, and everything is asked for again, compressed and not, after each of so many deploys and after old
# releases were pruned, while a client that never retries asks for the page. Exits with 1 when an answer is not as expected, when a request
# failed, when the session was lost, or when something is served that must not be: pages of others, users, configuration, sources.
#
#   Benchmarks/dokuwiki.sh [DEPLOYS, 5]
#
# The packages are downloaded with apt-get and unpacked in a temporary directory; nothing is installed.
set -u -o pipefail
# shellcheck source=Benchmarks/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
deploys="${1:-5}"
PATH="$PATH:/usr/sbin:/sbin"
for program in "$products/deployd" "$products/strict-load" php-fpm8.2 python3 apt-get dpkg; do
    command -v "$program" >/dev/null || { echo "missing: $program" >&2; exit 1; }
done
packages=(dokuwiki libphp-simplepie php-geshi php-phpseclib php8.2-mbstring php8.2-xml libonig5)

unpack() {
    mkdir -p "$site/packages" "$site/root"
    (cd "$site/packages" && apt-get download "${packages[@]}") >"$site/apt.log" 2>&1 || { cat "$site/apt.log" >&2; exit 1; }
    local package wiki="$site/root/usr/share/dokuwiki"
    for package in "$site"/packages/*.deb; do dpkg -x "$package" "$site/root" || exit 1; done
    # Debian's places become DokuWiki's own, which are below its files.
    rm -f "$wiki/inc/preload.php" "$wiki/.htaccess" "$wiki/lib/tpl" "$wiki/lib/plugins"
    cp -r "$site/root/var/lib/dokuwiki/lib/tpl" "$site/root/var/lib/dokuwiki/lib/plugins" "$wiki/lib/"
    grep -rlZ /usr/share/php "$wiki/inc" "$wiki/vendor" | xargs -0 sed -i "s#/usr/share/php#$site/root/usr/share/php#g"
    mkdir -p "$site/data/conf"
    cp -rL "$site/root/etc/dokuwiki/." "$site/data/conf/" 2>/dev/null
    cp -r "$site/root/var/lib/dokuwiki/data" "$site/data/data"
    sed -i "s#/var/lib/dokuwiki/data#./data#" "$site/data/conf/dokuwiki.php"
    # Directories that the package has empty.
    (cd "$site/data/data" && mkdir -p attic cache index locks log media media_attic media_meta meta pages tmp)
    # What its installer makes.
    rm -f "$site/data/conf"/{local,users.auth,acl.auth,plugins.local}.php
    [ "$(id -u)" -ne 0 ] || chown -R www-data "$site/data"
}

write_release() { # NAME
    local release="$site/releases/$1" name
    mkdir -p "$release"
    cp -r "$site/root/usr/share/dokuwiki" "$release/public"
    "$products/deployd" init --app dokuwiki "$release" >/dev/null || exit 1
    [ "$(id -u)" -eq 0 ] || sed -i '/^user =/d; /^group =/d' "$release/php-fpm.conf"
    for name in mbstring xml dom; do
        echo "php_admin_value[extension] = $(ls "$site"/root/usr/lib/php/*/$name.so)" >>"$release/php-fpm.conf"
    done
    sed -i 's/^    health:/    watch: "200ms",\n    health:/' "$release/release.json"
}

site="$(mktemp -d "${TMPDIR:-/tmp}/deployd-bench-XXXXXX")" || exit 1
trap stop_server EXIT
chmod 755 "$site"
unpack
for ((number = 0; number <= deploys; number++)); do write_release "w$number"; done
user=
[ "$(id -u)" -eq 0 ] && user='user: "www-data",'
cat >"$site/deployd.json" <<CONFIG
{ listen: ["127.0.0.1:0"], workers: 2, $user state: "state", release: "releases/w0", keep: 2,
  shared: { "public/data": "data/data", "public/conf": "data/conf" } }
CONFIG
load="$products/strict-load"
[ -z "$user" ] || { install "$products/deployd" "$site/deployd" && products="$site"; }
start_master

python3 - "$address" "$deploys" "$site" "$products" "$load" <<'P'
import gzip, http.cookiejar, json, os, re, subprocess, sys, time, urllib.error, urllib.parse, urllib.request, zlib, struct
address, deploys, site, products, load_program = sys.argv[1], int(sys.argv[2]), *sys.argv[3:]
base = f"http://{address}"
opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
wrong = []

def ask(path, data=None, headers={}):
    request = urllib.request.Request(base + path, data=data, headers=headers)
    try:
        with opener.open(request, timeout=60) as answer: return answer.status, answer.read(), answer.headers, answer.url
    except urllib.error.HTTPError as error: return error.code, error.read(), error.headers, error.url

def expect(what, good, found=""):
    if not good: wrong.append(what)
    print(f"{'ok  ' if good else 'BAD '} {what}" + (f"  ({found})" if not good else ""), flush=True)

def form(**fields): return urllib.parse.urlencode(fields).encode()

def hidden(body, name):
    found = re.search(rb'name="%s" value="([^"]*)"' % name.encode(), body)
    return found.group(1).decode() if found else ""

status, body, *_ = ask("/install.php")
expect("its installer", status == 200 and b"d[title]" in body, f"{status} {body[-300:]}")
status, body, *_ = ask("/install.php", form(**{
    "l": "en", "d[title]": "A wiki", "d[acl]": "1", "d[superuser]": "owner", "d[fullname]": "The Owner",
    "d[email]": "owner@example.com", "d[password]": "a long secret", "d[confirm]": "a long secret", "d[policy]": "0",
    "d[license]": "cc-by-sa", "submit": ""}))
expect("the wiki is installed", status == 200 and b"success" in body, f"{status} {body[-600:]}")
body = ask("/doku.php?id=start&do=login")[1]
status, body, _, url = ask("/doku.php?id=start&do=login", form(
    sectok=hidden(body, "sectok"), id="start", do="login", u="owner", p="a long secret"))
expect("a login", status == 200 and b"do=logout" in body, f"{status} {url} {body[-300:]}")
body = ask("/doku.php?id=first&do=edit")[1]
status, body, _, url = ask("/doku.php?id=first", form(
    sectok=hidden(body, "sectok"), id="first", rev="0", date=hidden(body, "date"), prefix=hidden(body, "prefix"),
    suffix="", changecheck=hidden(body, "changecheck"), target="section", wikitext="====== First ======\n" + "what was written. " * 200,
    summary="a word", **{"do[save]": "Save"}))
expect("a page", status == 200 and b"what was written" in body, f"{status} {url} {body[-300:]}")

chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
rows = b"".join(b"\0" + os.urandom(3 * 300) for _ in range(300))
picture = (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 300, 300, 8, 2, 0, 0, 0))
           + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
token = hidden(ask("/doku.php?id=first&do=media")[1], "sectok")
status, body, *_ = ask(f"/lib/exe/ajax.php?call=mediaupload&ns=&sectok={token}&qqfile=picture.png", picture,
                       {"Content-Type": "application/octet-stream"})
expect("an upload", status == 200 and b"success" in body, f"{status} {body[:300]}")

def look(when):
    status, body, headers, _ = ask("/doku.php?id=first")
    expect(f"{when}: the page", status == 200 and b"what was written" in body and b"do=logout" in body, status)
    expect(f"{when}: fields of the rules", headers["X-Powered-By"] is None and "Accept-Encoding" in ", ".join(headers.get_all("Vary", [])), headers)
    status, packed, headers, _ = ask("/doku.php?id=first", headers={"Accept-Encoding": "gzip"})
    expect(f"{when}: compressed", headers["Content-Encoding"] == "gzip" and b"what was written" in gzip.decompress(packed), headers)
    status, body, *_ = ask("/lib/exe/fetch.php?media=picture.png")
    expect(f"{when}: the picture", status == 200 and body == picture, status)
    status, style, headers, _ = ask("/lib/exe/css.php?t=dokuwiki", headers={"Accept-Encoding": "gzip"})
    expect(f"{when}: the style", status == 200 and headers["Content-Encoding"] == "gzip", f"{status} {headers}")
    again, *_ = ask("/lib/exe/css.php?t=dokuwiki", headers={"Accept-Encoding": "gzip", "If-None-Match": headers["ETag"] or ""})
    expect(f"{when}: the style that is known", again == 304, f"{again} {headers['ETag']}")
    status, _, _, url = ask("/")
    expect(f"{when}: the first page", status == 200, f"{status} {url}")
    for path in ["/data/pages/first.txt", "/data/media/picture.png", "/data/cache/", "/data/meta/first.changes", "/conf/users.auth.php",
                 "/conf/local.php", "/conf/acl.auth.php", "/conf/mime.conf", "/inc/init.php", "/inc/", "/bin/", "/bin/gittool.php", "/vendor/autoload.php",
                 "/release.json", "/../php-fpm.conf", "/%64ata/pages/first.txt", "/data%2fpages%2ffirst.txt", "//data/pages/first.txt",
                 "/lib/../data/pages/first.txt", "/data/", "/conf", "/.htaccess", "/lib/plugins/.htaccess"]:
        status, body, *_ = ask(path)
        safe = status in (400, 403, 404) and b"what was written" not in body and b"owner" not in body
        if not safe: expect(f"{when}: {path} is not for anybody", False, f"{status} {body[:80]}")

look("before")
load = subprocess.Popen([load_program, address, "--mode", "keepalive", "--connections", "2", "--path", "/doku.php?id=first",
                         "--json"], stdout=subprocess.PIPE)
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
    if not any(name.startswith(".") for name in left) and len(left) <= 3: break
    time.sleep(0.1)
expect(f"old releases were pruned: {', '.join(left)} are left", len(left) <= 3 or deploys < 3, left)
look("after pruning")
print(f"{len(wrong)} of all is not as expected" if wrong else "all is well")
sys.exit(bool(wrong))
P
