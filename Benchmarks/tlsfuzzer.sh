#!/usr/bin/env bash
# tlsfuzzer's scripts for servers of TLS 1.3 against deployd: of each script how many of its conversations passed, and which did not.
# Those are tried with nginx and the same libssl as well. libssl shakes hands for both; records behind the handshake are deployd's
# own. Exits with 1 when something failed with deployd alone.
#
#   Benchmarks/tlsfuzzer.sh [SCRIPT …]     SCRIPT: keyupdate, record-padding … (test-tls13-*.py); all that are for any server if
#                                          none is given
#
# Needs nginx, openssl, git, and the network: tlsfuzzer is cloned from GitHub and tlslite-ng installed by pip, for this run alone.
# TLSFUZZER=DIRECTORY names a clone that is there, REPORTS=DIRECTORY where to write what the scripts say.
set -u -o pipefail
# shellcheck source=Benchmarks/https-server.sh
source "$(dirname "${BASH_SOURCE[0]}")/https-server.sh"
for program in nginx openssl git python3; do command -v "$program" >/dev/null || { echo "missing: $program" >&2; exit 1; }; done

start_https_server 2 1 rsa
chmod 755 "$site"
nginx=
# shellcheck disable=SC2317
end_all() {
    [ -z "$nginx" ] || end_processes "$nginx"
    stop_server
}
trap end_all EXIT
fuzzer="${TLSFUZZER:-$site/tlsfuzzer}"
[ -d "$fuzzer" ] || git clone -q --depth 1 https://github.com/tlsfuzzer/tlsfuzzer "$fuzzer" ||
    { echo "SKIPPED tlsfuzzer: it cannot be cloned" >&2; exit 1; }
# shellcheck disable=SC2015
python3 -m venv "$site/venv" && "$site/venv/bin/pip" install -q -r "$fuzzer/requirements.txt" 2>"$site/pip" ||
    { echo "SKIPPED tlsfuzzer: pip cannot install tlslite-ng: $(tail -n 1 "$site/pip")" >&2; exit 1; }

port="$(free_port)"
cat >"$site/nginx.conf" <<CONFIG
worker_processes 1; daemon off; pid $site/nginx.pid; error_log stderr crit;
events { worker_connections 1024; }
http {
    access_log off; types { } default_type text/html;
    $(nginx_paths "$site")
    ssl_certificate $site/localhost.pem; ssl_certificate_key $site/localhost.key; ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache off;
    ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20; ssl_ecdh_curve X25519:prime256v1:secp384r1;
    server { listen 127.0.0.2:$port ssl; root $site/releases/v1/public; }
}
CONFIG
nginx -c "$site/nginx.conf" 2>"$site/nginx.log" & nginx=$!
for address in "${secure[0]}" "127.0.0.2:$port"; do
    tries=0
    until curl -sSf --cacert "$site/issuer.pem" -o /dev/null "https://$address/" 2>"$site/curl"; do
        tries=$((tries + 1))
        [ "$tries" -lt 100 ] || { cat "$site/curl" "$site/nginx.log" >&2; exit 1; }
        sleep 0.05
    done
done

PYTHONPATH="$fuzzer" "$site/venv/bin/python" - "$fuzzer" "${secure[0]##*:}" "$port" "$@" <<'P'
import ast, collections, concurrent.futures, glob, os, re, subprocess, sys

fuzzer, ports, wanted = sys.argv[1], {"deployd": sys.argv[2], "nginx": sys.argv[3]}, sys.argv[4:]
reports = os.environ.get("REPORTS")
# What is for servers of another make.
ELSEWHERE = {
    "certificate-request": "asks for certificates of clients", "certificate-verify": "asks for certificates of clients",
    "client-certificate-compression": "asks for certificates of clients", "post-handshake-auth": "asks for certificates of clients",
    "ecdsa-in-certificate-verify": "asks for certificates of clients", "eddsa-in-certificate-verify": "asks for certificates of clients",
    "ecdsa-brainpool-in-certificate-verify": "asks for certificates of clients",
    "mldsa-in-certificate-verify": "asks for certificates of clients", "rsapss-signatures": "needs a certificate with an RSA-PSS key",
    "ecdsa-support": "needs a certificate with an ECDSA key", "eddsa": "needs a certificate with an EdDSA key",
    "minerva": "measures time of client certificates", "non-support": "for servers without TLS 1.3",
    "psk_ke": "needs a key shared beforehand", "psk_dhe_ke": "needs a key shared beforehand",
    "keyupdate-from-server": "needs a server that changes keys on demand", "certificate-compression": "libssl 3.0 has none",
    "mlkem": "libssl 3.0 has none", "ecdhe-brainpool-curves": "libssl 3.0 has none", "dhe-shared-secret-padding": "measures FFDHE, off",
    "lengths": "expects a server that sends back what it gets", "ffdhe-groups": "finite field groups are off", "ffdhe-sanity": "finite field groups are off",
}
EXPLAINED = {
    "multiple KeyUpdate messages": "expects two answers to two requests in a row; one is right (RFC 8446 section 4.6.3)",
}
WORDS = {"count-tickets": ["-t", "1"]}


def run(name, server, conversations=()):
    """Whether all is well, how many of a script's conversations passed, and those that did not, with the reason."""
    words = [sys.executable, f"{fuzzer}/scripts/test-tls13-{name}.py", "-h", "127.0.0.2", "-p", ports[server]]
    # At most so many of a script's conversations, taken at random; some have thousands.
    words += [*WORDS.get(name, []), "-n", "60", *conversations]
    try:
        result = subprocess.run(words, capture_output=True, text=True, timeout=600)
        text = result.stdout + result.stderr
    except subprocess.TimeoutExpired:
        return False, "-", {"-": "not done after 600 s"}
    if reports:
        open(f"{reports}/{server}.{name}.txt", "w").write(text)
    total, passed = re.search(r"^TOTAL: (\d+)", text, re.M), re.search(r"^PASS: (\d+)", text, re.M)
    if not total or not passed:
        return False, "-", {"-": "nothing ran: " + text.strip().splitlines()[-1]}
    tail = text.split("FAILED:")[1] if "FAILED:" in text else ""
    failed = [ast.literal_eval(line) for line in re.findall(r"""^\t('.*'|".*")$""", tail, re.M)]
    reasons = dict(re.findall(r"^(.*) \.\.\.\n(?:(?!.* \.\.\.\n).*\n)*?\w+(?:\.\w+)*Error: (.*)\n\n", text, re.M))
    return result.returncode == 0, f"{passed[1]} of {total[1]}", {one: reasons.get(one, "?") for one in sorted(failed)}


def compare(name):
    """Tries what failed again, by itself: a script that goes on to send may lose an alert to the reset that its sending brings
    about. What fails each time is tried with nginx."""
    is_well, count, failed = run(name, "deployd")
    if is_well or not failed or "-" in failed:
        return name, is_well, count, [("alone", one, why) for one, why in failed.items()]
    left = failed
    for _ in range(12):
        left = left and run(name, "deployd", list(left))[2]
    failed_too = left and run(name, "nginx", list(left))[2]

    def verdict(one):
        if one not in left:
            return "passed when tried again"
        return "nginx too" if one in failed_too else EXPLAINED.get(one, "alone")

    return name, True, count, [(verdict(one), one, why) for one, why in failed.items()]


every = sorted(re.search(r"test-tls13-(.*)\.py", path)[1] for path in glob.glob(f"{fuzzer}/scripts/test-tls13-*.py"))
names = wanted or [name for name in every if name not in ELSEWHERE]
bad = 0
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    for name, is_well, count, failed in pool.map(compare, names):
        print(f"{name:34}{count:>14}", flush=True)
        kinds = collections.defaultdict(list)
        for who, one, why in failed:
            kinds[who, re.sub(r"\d+", "N", why)].append(one)
        for (who, why), all_ in kinds.items():
            print(f"    {len(all_)} {who}: {why} ({all_[0]}{' …' if len(all_) > 1 else ''})")
        bad += (not is_well and not failed) or any(who == "alone" for who, _, _ in failed)
if not wanted:
    for name, why in sorted(ELSEWHERE.items()):
        print(f"SKIPPED {name}: {why}")
sys.exit(bad > 0)
P
