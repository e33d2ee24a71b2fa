"""What the kernel counts of servers that do not, against their access logs; and what that costs."""
import ctypes
import glob
import json
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

from counted import SERVERS, CountedSite
from speed import processor_seconds

PRODUCTS = os.environ["PRODUCTS"]
STATISTICS = "/proc/sys/kernel/bpf_stats_enabled"
BPF = {"x86_64": 321, "aarch64": 280}


def load(site, *words):
    return subprocess.Popen(
        [f"{PRODUCTS}/strict-load", site.address, "--json", "--allow-idle-close", "--timeout", "60s", *words],
        stdout=subprocess.PIPE)


def counts(site, requests):
    """Has it answer so many requests; prints how far the kernel's counts are from its log. True: near enough."""
    kept, close, broken = (str(requests * share // 10) for share in (7, 2, 1))
    loads = [load(site, "--connections", "16", "--requests", kept),
             load(site, "--mode", "close", "--connections", "8", "--requests", close),
             load(site, "--mode", "close", "--connections", "4", "--requests", broken, "--path", "/broken",
                  "--expect-status", "500")]
    reports = [json.loads(process.communicate()[0]) for process in loads]
    seen = site.status()["generations"][0].get("scoreboard") or {}
    site.stop()
    logged = site.statuses()
    pairs = [(seen.get("requests", 0), sum(logged.values())),
             (seen.get("statusClasses", {}).get("2xx", 0), logged.get("200", 0)),
             (seen.get("statusClasses", {}).get("5xx", 0), logged.get("500", 0))]
    off = max(abs(kernel - log) / max(log, 1) for kernel, log in pairs)
    client = sum(report["answered"] for report in reports)
    failed = sum(report["failed"] for report in reports)
    print(f"{site.name:<18} {pairs[0][0]:>9} {pairs[0][1]:>9} {pairs[2][0]:>8} {pairs[2][1]:>8} {100 * off:>8.3f} % "
          f"{client:>9} {failed:>7}  {seen.get('countedBy', 'nobody')}", flush=True)
    return off <= 0.001 and pairs[0][1] > 0


def programs(site):
    """The kernel's programs that the master holds, by their numbers."""
    found = set()
    for path in glob.glob(f"/proc/{site.process.pid}/fdinfo/*"):
        text = open(path).read()
        if "link_type:" in text:
            found.update(int(number) for number in re.findall(r"prog_id:\s+(\d+)", text))
    return found


def spent(numbers):
    """The nanoseconds that these programs have run."""
    total, libc = 0, ctypes.CDLL(None, use_errno=True)
    for number in numbers:
        attributes = ctypes.create_string_buffer(number.to_bytes(4, sys.byteorder), 144)
        descriptor = libc.syscall(BPF[platform.machine()], 13, attributes, 144)  # BPF_PROG_GET_FD_BY_ID
        if descriptor < 0:
            raise OSError(ctypes.get_errno(), f"program {number}")
        total += int(re.search(r"run_time_ns:\s+(\d+)", open(f"/proc/self/fdinfo/{descriptor}").read())[1])
        os.close(descriptor)
    return total


def asked(site, seconds):
    """Microseconds of processor time a request, of the server and the client."""
    before, client = processor_seconds(site.roots()), resource.getrusage(resource.RUSAGE_CHILDREN)
    answered = json.loads(load(site, "--connections", "16", "--duration", f"{seconds}s").communicate()[0])["answered"]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = processor_seconds(site.roots()) - before
    used += after.ru_utime + after.ru_stime - client.ru_utime - client.ru_stime
    return used / max(answered, 1) * 1e6, answered


def cost(name, seconds, rounds, folder):
    """Prints the cost of a request with and without counting. True: little enough."""
    sites = [CountedSite(name, f"{folder}/{way}", PRODUCTS, counted=way == "with") for way in ("without", "with")]
    try:
        for site in sites:
            site.start()
            asked(site, 1)
        figures = [[], []]
        for number in range(rounds):
            for index in (0, 1) if number % 2 == 0 else (1, 0):
                figures[index].append(asked(sites[index], seconds)[0])
        open(STATISTICS, "w").write("1")
        own = programs(sites[1])
        before = spent(own)
        answered = asked(sites[1], seconds)[1]
        took = (spent(own) - before) / max(answered, 1)
    finally:
        open(STATISTICS, "w").write("0")
        for site in sites:
            site.stop()
    ratios = sorted(counted / plain for plain, counted in zip(*figures))
    plain, counted = (statistics.median(kind) for kind in figures)
    print(f"{name:<18} {plain:>10.1f} {counted:>10.1f} {statistics.median(ratios):>7.3f} {ratios[0]:>9.3f}-{ratios[-1]:.3f} "
          f"{took / 1000:>10.2f} {100 * took / 1000 / plain:>8.2f} %", flush=True)
    return statistics.median(ratios) <= 1.02


def main(words):
    numbers = [int(word) for word in words if word.isdigit()]
    requests, seconds, rounds = (numbers + [100_000, 3, 7][len(numbers):])[:3]
    names = [word for word in words if not word.isdigit()] or list(SERVERS)
    for name in names:
        if name not in SERVERS:
            sys.exit(f"kernel-counts.sh: {name}: found no such server; expected some of {' '.join(SERVERS)}")
        missing = [program for program in SERVERS[name].programs if not shutil.which(program)]
        if missing:
            print(f"SKIPPED {name}: missing: {' '.join(missing)}", flush=True)
    names = [name for name in names if all(map(shutil.which, SERVERS[name].programs))]
    bad = 0
    print(f"{'':<18} {'answers':>19} {'500s':>17} {'':>10} {'client':>9}\n{'server':<18} {'kernel':>9} {'log':>9} {'kernel':>8} "
          f"{'log':>8} {'off by':>10} {'answered':>9} {'failed':>7}  counted by", flush=True)
    for name in names:
        folder = tempfile.mkdtemp(prefix="deployd-counts-")
        os.chmod(folder, 0o755)
        site = CountedSite(name, f"{folder}/site", PRODUCTS)
        try:
            site.start()
            bad += not counts(site, requests)
        finally:
            site.stop()
            shutil.rmtree(folder)
    print(f"\n{'':<18} {'µs of processor a request':>44} {'by the kernel:':>20}\n{'server':<18} {'without':>10} {'counted':>10} "
          f"{'ratio':>7} {'of rounds':>15} {'µs':>10} {'share':>10}", flush=True)
    for name in names:
        folder = tempfile.mkdtemp(prefix="deployd-counts-")
        os.chmod(folder, 0o755)
        try:
            bad += not cost(name, seconds, rounds, folder)
        finally:
            shutil.rmtree(folder)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
