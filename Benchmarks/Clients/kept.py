"""Users of one host over TLS: four kept connections, and two clients that open one for each request, until a file exists.

    kept.py HOST PORT ROOTS STOP

Prints one JSON object: `asked`, `failed`, `reopened` (kept connections that had to be opened again), `handshakes`, and `serials`:
the certificates that new connections were shown, in their order.
"""
import json
import os
import socket
import ssl
import sys
import threading
import time

host, port, roots, stop = sys.argv[1:5]
context = ssl.create_default_context(cafile=roots)
request = f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
lock = threading.Lock()
counts = {"asked": 0, "failed": 0, "reopened": 0, "handshakes": 0}
serials = []


def count(kind):
    with lock:
        counts[kind] += 1


def connect():
    client = context.wrap_socket(socket.create_connection(("127.0.0.1", int(port)), timeout=10), server_hostname=host)
    serial = client.getpeercert()["serialNumber"]
    with lock:
        counts["handshakes"] += 1
        if serials[-1:] != [serial]:
            serials.append(serial)
    return client


def ask(client):
    count("asked")
    client.sendall(request)
    answer = b""
    while True:
        head, split, body = answer.partition(b"\r\n\r\n")
        if split:
            length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
            if len(body) == length and head.startswith(b"HTTP/1.1 200 "):
                return
            if len(body) >= length:
                raise OSError(f"{head!r}")
        part = client.recv(65536)
        if not part:
            raise OSError("the connection was closed before the end of an answer")
        answer += part


def work(is_kept):
    client = None
    while not os.path.exists(stop):
        try:
            if client is None:
                client = connect()
            ask(client)
            if not is_kept:
                client.close()
                client = None
        except OSError as error:
            print(repr(error), file=sys.stderr, flush=True)
            count("failed")
            if is_kept:
                count("reopened")
            client = None
        time.sleep(0.02)


threads = [threading.Thread(target=work, args=(number < 4,)) for number in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps({**counts, "serials": serials}))
