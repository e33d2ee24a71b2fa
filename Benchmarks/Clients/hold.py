"""Kept connections, most of them idle: opened once, and never again.

    hold.py ADDRESS IDLE BUSY SOURCE STOP [ISSUER]

An idle one asks every 30 to 60 s, so that the server's limit for idle connections does not end it; a busy one 100 ms after each answer.
TLS 1.3 if ISSUER is given. Writes "ready" to standard error when all are open; when the file STOP exists, each asks once more. Prints
one JSON object: `asked`, `failed`, `closed` (by the server), `longest` (answer, in seconds).
"""
import heapq
import json
import os
import random
import select
import socket
import ssl
import sys
import time

address, idle, busy, source, stop = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
host, port = address.rsplit(":", 1)
context = None
if len(sys.argv) > 6:
    context = ssl.create_default_context(cafile=sys.argv[6])
    context.minimum_version = ssl.TLSVersion.TLSv1_3
REQUEST = b"GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n"
counts = {"asked": 0, "failed": 0, "closed": 0}
longest = 0.0
poll = select.epoll()
clients, due = {}, []


class Client:
    def __init__(self, is_busy):
        self.is_busy = is_busy
        self.answer = b""
        self.asked = None
        self.socket = socket.socket()
        self.socket.settimeout(60)
        self.socket.bind((source, 0))
        self.socket.connect((host, int(port)))
        if context:
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        self.number = self.socket.fileno()

    def ask(self):
        self.asked = time.monotonic()
        self.answer = b""
        counts["asked"] += 1
        try:
            self.socket.sendall(REQUEST)
        except OSError as error:
            self.end(repr(error))

    def end(self, why):
        """The server has ended the connection: nothing brings it back."""
        print(why, file=sys.stderr)
        counts["closed"] += 1
        counts["failed"] += self.asked is not None
        self.asked = None
        del clients[self.number]
        poll.unregister(self.number)
        self.socket.close()

    def receive(self):
        global longest
        try:
            while True:
                part = self.socket.recv(16384)
                if not part:
                    return self.end(f"closed, behind {self.answer!r}")
                self.answer += part
        except (ssl.SSLWantReadError, BlockingIOError):
            pass
        except OSError as error:
            return self.end(repr(error))
        if self.asked is None:
            if self.answer:
                return self.end(f"nobody had asked for {self.answer!r}")
        elif self.answer.endswith((b"\r\n\r\nv1\n", b"\r\n\r\nv2\n")):
            if not self.answer.startswith(b"HTTP/1.1 200 ") or b"\nConnection: close" in self.answer:
                print(repr(self.answer), file=sys.stderr)
                counts["failed"] += 1
            longest = max(longest, time.monotonic() - self.asked)
            self.asked, self.answer = None, b""
            self.plan()

    def plan(self):
        pause = 0.1 if self.is_busy else random.uniform(30, 60)
        heapq.heappush(due, (time.monotonic() + pause, self.number))


def turn(seconds):
    for number, _ in poll.poll(seconds):
        if number in clients:
            clients[number].receive()


def ask_due():
    while due and due[0][0] <= time.monotonic():
        client = clients.get(heapq.heappop(due)[1])
        if client and client.asked is None:
            client.ask()


for index in range(idle + busy):
    client = Client(index >= idle)
    client.socket.setblocking(False)
    clients[client.number] = client
    poll.register(client.number, select.EPOLLIN | select.EPOLLRDHUP)
    client.ask()
    turn(0)
    ask_due()
limit = time.monotonic() + 60
while any(client.asked for client in clients.values() if not client.is_busy) and time.monotonic() < limit:
    turn(0.1)
    ask_due()
print("ready", file=sys.stderr, flush=True)
looked = 0.0
while time.monotonic() - looked < 0.2 or not os.path.exists(stop):
    if time.monotonic() - looked >= 0.2:
        looked = time.monotonic()
    turn(0.01 if busy else 0.1)
    ask_due()
limit = time.monotonic() + 60
while any(client.asked for client in clients.values()) and time.monotonic() < limit:
    turn(0.1)
left = list(clients.values())
for client in left:
    client.ask()
    turn(0)
limit = time.monotonic() + 60
while any(client.asked for client in clients.values()) and time.monotonic() < limit:
    turn(0.1)
unanswered = sum(client.asked is not None for client in clients.values())
counts["failed"] += unanswered
print(json.dumps({**counts, "longest": longest, "open": len(clients)}))
