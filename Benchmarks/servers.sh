#!/usr/bin/env bash
# Every server that deployd has a preset for, under five strict loads at once: so many deploys by deployd, behind deployd's web
# server where the server loses requests by itself, and by the server's own way. Failed requests, by load and by kind.
#
#   servers.sh [DEPLOYS=20] [SERVER …]
#   servers.sh --speed [SECONDS=3] [ROUNDS=5] [SERVER …]
#                                 requests a second and processor time a request, by itself and under deployd, in turn
#   servers.sh --install          installs the servers: Debian's packages (root), and uvicorn and hypercorn from PyPI into
#                                 Benchmarks/Servers/.installed, where servers.sh looks for them first
#
# REPORTS names a folder for the reports of the loads, PRODUCTS the one of deployd and strict-load. A server that is not
# installed is named as missing. Exits with 1 when a request failed for which deployd has to answer.
set -u -o pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
installed="$here/Servers/.installed"

if [ "${1:-}" = --install ]; then
    set -e
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q
    apt-get install -q -y --no-install-recommends caddy default-jdk-headless golang-go gunicorn h2o haproxy libjetty9-java \
        libserver-starter-perl nginx-light nodejs php-fpm puma python3 python3-venv starlet starman unicorn uwsgi-core \
        uwsgi-plugin-python3
    /usr/bin/python3 -m venv "$installed"
    "$installed/bin/pip" install -q uvicorn hypercorn
    exit
fi

export PRODUCTS="${PRODUCTS:-$here/../.build/release}"
export PATH="/usr/sbin:/sbin:$PATH"
for program in uvicorn hypercorn; do
    # Not the whole folder: its python must not stand before the system's, for which gunicorn is installed.
    [ ! -x "$installed/bin/$program" ] || export PATH="$PATH:$installed/bin"
done
for program in deployd strict-load; do
    [ -x "$PRODUCTS/$program" ] || { echo "$PRODUCTS/$program is missing: swift build -c release" >&2; exit 1; }
done
if [ "${1:-}" = --speed ]; then
    exec /usr/bin/python3 -B "$here/Comparison/speed.py" "${@:2}"
fi
exec /usr/bin/python3 -B "$here/Comparison" "$@"
