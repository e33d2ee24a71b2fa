"""Requests a second, and processor time a request, of servers by themselves and under deployd, in turn."""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

from catalogue import chosen
from sites import ByItself, UnderDeployd

PRODUCTS = os.environ["PRODUCTS"]
HERTZ = os.sysconf("SC_CLK_TCK")


def processor_seconds(roots):
    """What processes and all below them have used; those that have ended and were waited for count with their parents."""
    stats = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = open(f"/proc/{name}/stat").read().rsplit(") ", 1)[1].split()
        except OSError:
            continue
        stats[int(name)] = int(fields[1]), sum(map(int, fields[11:15]))
    total, todo = 0, list(roots)
    while todo:
        pid = todo.pop()
        total += stats.get(pid, (0, 0))[1]
        todo += [child for child, (parent, _) in stats.items() if parent == pid]
    return total / HERTZ


def run(site, seconds):
    """Requests a second, and microseconds of processor time a request; sixteen clients that keep connections if they may."""
    before = processor_seconds(site.roots())
    report = subprocess.run(
        [f"{PRODUCTS}/strict-load", site.address, "--connections", "16", "--duration", f"{seconds}s", "--json",
         "--allow-idle-close", "--timeout", "30s", "--path", site.server.path], stdout=subprocess.PIPE).stdout
    report = json.loads(report)
    used = processor_seconds(site.roots()) - before
    return report["answersPerSecond"], used / max(report["answered"], 1) * 1e6, report["failed"]


def compare(server, seconds, rounds):
    """Both run all the while; one is asked at a time."""
    folder = tempfile.mkdtemp(prefix="deployd-servers-")
    os.chmod(folder, 0o755)
    both = []
    try:
        both.append(ByItself(server, f"{folder}/bare"))
        both[0].start()
        both.append(UnderDeployd(server, f"{folder}/deployd", PRODUCTS, workers=server.processes))
        both[1].start()
        for way, site in zip(("bare", "under deployd"), both):
            if run(site, 1)[0] == 0:
                print(f"{server.name:<17} {way}: found no answer in a second\n{site.logged(0)[-2000:]}", file=sys.stderr)
                return
        figures = [[], []]
        for number in range(rounds):
            for index in (0, 1) if number % 2 == 0 else (1, 0):
                figures[index].append(run(both[index], seconds))
        rates, costs = ([statistics.median(figure[column] for figure in kind) for kind in figures] for column in (0, 1))
        ratios = sorted(under[0] / bare[0] for bare, under in zip(*figures))
        failed = sum(figure[2] for kind in figures for figure in kind)
        name = f"{server.name} (web)" if server.fronted else server.name
        print(f"{name:<17} {rates[0]:>9.0f} {rates[1]:>9.0f} {statistics.median(ratios):>7.2f} "
              f"{ratios[0]:>7.2f}-{ratios[-1]:.2f} {costs[0]:>10.1f} {costs[1]:>8.1f} {costs[1] / costs[0]:>7.2f} {failed:>7}",
              flush=True)
    finally:
        for site in both:
            site.stop()
            site.log.close()
        shutil.rmtree(folder)


def main(words):
    numbers = [int(word) for word in words if word.isdigit()]
    names = [word for word in words if not word.isdigit()]
    servers = chosen(names)
    seconds, rounds = (numbers + [3, 5][len(numbers):])[:2]
    print("(web): takes no socket, so deployd's web server stands before it, and its processor time counts too")
    print(f"{'':<17} {'requests a second':>35}{'':>5} {'µs of processor a request':>27}")
    print(f"{'server':<17} {'bare':>9} {'deployd':>9} {'ratio':>7} {'of rounds':>12} {'bare':>10} {'deployd':>8} {'ratio':>7} "
          f"{'failed':>7}", flush=True)
    for server in servers:
        compare(server, seconds, rounds)


if __name__ == "__main__":
    main(sys.argv[1:])
