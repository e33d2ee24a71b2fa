"""One deploy, and how long the hand-over of all idle connections takes: from the first one handed over to the last one taken in, read
off the scoreboards of both generations' workers every 0.2 ms.

    handover.py DEPLOYD CONFIGURATION RELEASE CONNECTIONS

Prints how many were handed over, and the milliseconds.
"""
import json
import mmap
import struct
import subprocess
import sys
import time

deployd, configuration, release, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
ADOPTED, HANDED_OVER = 23, 24
BYTES = 4096


def status():
    words = [deployd, "status", "--json", "--config", configuration]
    return json.loads(subprocess.run(words, capture_output=True, check=True).stdout)


def board(pid):
    """The scoreboard that a worker has mapped."""
    place = next(line.split()[0] for line in open(f"/proc/{pid}/maps") if "/memfd:deployd-board" in line)
    with open(f"/proc/{pid}/map_files/{place}", "rb") as file:
        return mmap.mmap(file.fileno(), BYTES, prot=mmap.PROT_READ)


def of(all_, number):
    return sum(struct.unpack_from("=Q", one, 8 * number)[0] for one in all_)


def boards(generation):
    """Those of all its workers; none if one is not there yet, or has not come so far."""
    try:
        return [board(worker["pid"]) for worker in generation["workers"]]
    except (OSError, KeyError, StopIteration):
        return []


before = status()
serving = before["serving"]
old = boards(next(g for g in before["generations"] if g["number"] == serving))
words = [deployd, "deploy", release, "--config", configuration]
deploy = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
new, began, limit = [], None, time.monotonic() + 60
while len(new) < len(old) and deploy.poll() in (None, 0) and time.monotonic() < limit:
    for generation in status()["generations"]:
        if generation["number"] > serving:
            new = boards(generation)
while new and of(new, ADOPTED) < count and deploy.poll() in (None, 0) and time.monotonic() < limit:
    if began is None and of(old, HANDED_OVER) > 0:
        began = time.monotonic()
    time.sleep(0.0002)
took = (time.monotonic() - began) * 1000 if began else 0
output = deploy.communicate()[0]
if deploy.returncode != 0 or not new:
    sys.exit(output)
if of(new, ADOPTED) < count:
    sys.exit(f"{of(new, ADOPTED)} of {count} connections were taken in after 60 s")
while len(status()["generations"]) > 1 and time.monotonic() < limit:
    time.sleep(0.02)
print(of(new, ADOPTED), f"{took:.1f}")
