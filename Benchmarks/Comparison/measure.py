"""Versions of a server, changed under load: the reports of the loads, and the line of the table."""
import json
import signal
import subprocess
import time

from sites import VERSIONS

# Requests a second, and connections, of each load: modest, so that the load by itself makes nothing fail.
SHAPES = {"keepalive": (200, 16), "close": (100, 16), "close-by-client": (100, 16), "idle": (None, 16), "post": (25, 8)}
HEAD = (f"{'server':<17} {'changed by':<18} {'answers':>8} {'failed':>7} " + " ".join(f"{mode.replace('close-by', 'by'):>9}" for mode in SHAPES)
        + " s/deploy  kinds")


def begin(site, mode, folder, products):
    rate, connections = SHAPES[mode]
    words = [f"{products}/strict-load", site.address, "--mode", mode, "--connections", str(connections), "--json",
             "--timeout", "30s"]
    words += ["--rate", str(rate)] if rate else ["--think", "0s-1s"]
    for version in VERSIONS if mode != "post" else []:
        words += ["--expect-body-any", version + "\\n"]
    with open(f"{folder}/{mode}.json", "w") as report:
        return subprocess.Popen(words, stdout=report)


def changes(site, deploys, folder, products):
    """So many deploys under all loads at once: the report of each load, and the seconds that a deploy took."""
    site.start()
    loads = {mode: begin(site, mode, folder, products) for mode in site.server.loads}
    spent = 0
    try:
        time.sleep(1)
        for number in range(deploys):
            began = time.monotonic()
            site.change(VERSIONS[(number + 1) % 2])
            spent += time.monotonic() - began
            time.sleep(0.3)
        time.sleep(1)
    finally:
        for process in loads.values():
            process.send_signal(signal.SIGINT)
        for process in loads.values():
            process.wait()
    return {mode: json.load(open(f"{folder}/{mode}.json")) for mode in loads}, spent / deploys


def line(server, way, reports, seconds):
    """A line of the table: failed requests in all, by load, and by kind."""
    kinds = {}
    for report in reports.values():
        for kind, count in report["failures"].items():
            if count:
                kinds[kind] = kinds.get(kind, 0) + count
    cells = [str(reports[mode]["failed"]) if mode in reports else "-" for mode in SHAPES]
    answers, failed = (sum(report[key] for report in reports.values()) for key in ("answered", "failed"))
    return (f"{server.name:<17} {way:<18} {answers:>8} {failed:>7} " + " ".join(f"{cell:>9}" for cell in cells)
            + f" {seconds:>8.1f}  " + ", ".join(f"{kind} {count}" for kind, count in kinds.items()))
