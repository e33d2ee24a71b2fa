#!/usr/bin/env bash
# The way back to a generation that is kept warm: so many deploys of v2 with `warm`, each followed by `deployd rollback`, under
# kept connections that ask without pause. Prints the time from the command to the last answer of the newer release, median and
# worst, beside that of a rollback which has to start the older release anew. Exits with 1 when a request failed.
#
#   Benchmarks/warm.sh [ROLLBACKS, 50] [CONNECTIONS, 16]
set -u -o pipefail
# shellcheck source=Benchmarks/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
rollbacks="${1:-50}"
connections="${2:-16}"

start_server 2 0
python3 - "$products/deployd" "$site" "$address" "$rollbacks" "$connections" <<'P'
import json, os, socket, statistics, subprocess, sys, threading, time
program, site, address, rollbacks, connections = *sys.argv[1:4], int(sys.argv[4]), int(sys.argv[5])
host, port = address.rsplit(":", 1)
manifest = os.path.join(site, "releases/v2/release.json")
plain = open(manifest).read()
request = b"GET /version HTTP/1.1\r\nHost: www.foobar.com\r\n\r\n"
over, lost, answered = threading.Event(), [], [0] * connections
last = [0.0] * connections


def client(index):
    try:
        connection = socket.create_connection((host, int(port)), timeout=10)
        while not over.is_set():
            connection.sendall(request)
            data = b""
            while not data.endswith((b"v1\n", b"v2\n")):
                part = connection.recv(4096)
                if not part:
                    raise ConnectionError("closed")
                data += part
            answered[index] += 1
            if data.endswith(b"v2\n"):
                last[index] = time.monotonic()
            time.sleep(0.002)
    except OSError as error:
        lost.append(error)


def deployd(*words):
    done = subprocess.run([program, *words, "--config", site + "/deployd.json"], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{words}: {done.stderr}{done.stdout}")


def settled():
    def few():
        status = subprocess.run([program, "status", "--json", "--config", site + "/deployd.json"],
                                capture_output=True, text=True)
        return len(json.loads(status.stdout)["generations"]) == 1
    while not few():
        time.sleep(0.02)


threads = [threading.Thread(target=client, args=(index,)) for index in range(connections)]
for thread in threads:
    thread.start()
for kind in ("warm", "cold"):
    text = plain.rstrip().rstrip("}") + (', warm: "10m" }' if kind == "warm" else "}")
    open(manifest, "w").write(text)
    times, commands = [], []
    for _ in range(rollbacks):
        deployd("deploy", "v2")
        if kind == "cold":
            settled()
        time.sleep(0.1)
        began = time.monotonic()
        deployd("rollback")
        commands.append(time.monotonic() - began)
        time.sleep(0.1)
        times.append(max(last) - began)
        settled()
    print(f"{kind}  {rollbacks} rollbacks: from the command to the last answer of the newer release median "
          f"{1000 * statistics.median(times):.0f} ms, at most {1000 * max(times):.0f} ms; the command itself median "
          f"{1000 * statistics.median(commands):.0f} ms", flush=True)
over.set()
for thread in threads:
    thread.join()
print(f"{sum(answered)} requests on {connections} kept connections, {len(lost)} lost" + (f": {lost[0]}" if lost else ""))
sys.exit(1 if lost else 0)
P
