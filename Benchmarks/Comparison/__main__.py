"""Changes the versions of servers under load, by deployd and by each server's own way, and counts what failed.

Exits with 1 when a request failed behind deployd's web server, or under deployd where no web server is asked for.
"""
import os
import shutil
import sys
import tempfile

from catalogue import chosen
from measure import HEAD, changes, line
from sites import ByItself, UnderDeployd
from ways import Silent

PRODUCTS = os.environ["PRODUCTS"]


def ways(server):
    """What is measured of a server: a title, whether a failure is one of deployd's, and how its site is made."""
    yield "deployd", not server.behind, lambda folder: UnderDeployd(server, folder, PRODUCTS)
    if server.behind:
        yield "deployd, behind web", True, lambda folder: UnderDeployd(server, folder, PRODUCTS, web=True)
    yield server.own.title, False, lambda folder: ByItself(server, folder)


def measured(server, title, make, deploys):
    """Prints the line of one way; gives the number of failed requests."""
    root = tempfile.mkdtemp(prefix="deployd-servers-")
    os.chmod(root, 0o755)  # nginx and php-fpm read as another user
    site = make(f"{root}/site")
    try:
        reports, seconds = changes(site, deploys, root, PRODUCTS)
        print(line(server, title, reports, seconds), flush=True)
        if os.environ.get("REPORTS"):
            shutil.copytree(root, f"{os.environ['REPORTS']}/{server.name} {title}", dirs_exist_ok=True,
                            ignore=lambda folder, names: [name for name in names if not name.endswith(".json")])
        return sum(report["failed"] for report in reports.values())
    except (Silent, OSError) as error:
        print(f"{server.name:<17} {title:<18} not measured: {error}", flush=True)
        print(site.logged(0)[-2000:], file=sys.stderr)
        return 1
    finally:
        site.stop()
        site.log.close()
        shutil.rmtree(root)


def main(words):
    deploys = int(words.pop(0)) if words and words[0].isdigit() else 20
    servers = chosen(words)
    print(f"{deploys} deploys each, all loads at once\n{HEAD}", flush=True)
    bad = 0
    for server in servers:
        for title, counts, make in ways(server):
            failed = measured(server, title, make, deploys)
            bad += failed if counts else 0
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
