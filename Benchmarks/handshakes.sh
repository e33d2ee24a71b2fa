#!/usr/bin/env bash
# Slow handshakes across cut-overs: connections that stay half-open over several deploys, and then complete and ask. Each
# must get its answer. Beside them others stay half-open for good. Needs root: the clients hold the server's half of the
# handshake back with a socket filter.
#
#   Benchmarks/handshakes.sh [HANDSHAKES, 10000] [DEPLOYS, 100]
set -u -o pipefail
# shellcheck source=Benchmarks/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
handshakes="${1:-10000}"
deploys="${2:-100}"

start_server 2 0
ulimit -n "$(ulimit -Hn)"
python3 - "$address" "$handshakes" "$deploys" "$products/deployd" "$site/deployd.json" <<'P'
import collections, ctypes, random, select, socket, struct, subprocess, sys, time

address, handshakes, deploys, program, configuration = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:6]
host, port = address.rsplit(":", 1)
REQUEST = b"GET /version HTTP/1.1\r\nHost: www.foobar.com\r\nConnection: close\r\n\r\n"
SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27
drop = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))  # BPF_RET | BPF_K: keep no byte of any packet
filter_program = struct.pack("HL", 1, ctypes.addressof(drop))
epoll = select.epoll()


class Client:
    def __init__(self, held):
        self.held = held  # deploys that the handshake waits for; None: for ever
        self.answer = b""
        self.asked = False
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, filter_program)
        self.socket.connect_ex((host, int(port)))

    def release(self):
        self.released = time.monotonic()
        self.socket.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)
        epoll.register(self.socket, select.EPOLLOUT)
        waiting[self.socket.fileno()] = self

    def advance(self):
        try:
            if not self.asked:
                self.socket.send(REQUEST)
                self.asked = True
                epoll.modify(self.socket, select.EPOLLIN)
                return None
            part = self.socket.recv(65536)
        except OSError as error:
            return type(error).__name__
        self.answer += part
        if part:
            return None
        good = self.answer.startswith(b"HTTP/1.1 200") and self.answer.endswith((b"\r\n\r\nv1\n", b"\r\n\r\nv2\n"))
        return "answered" if good else "cut short" if self.answer else "closed before an answer"


def turn(seconds):
    for number, _ in epoll.poll(seconds):
        client = waiting[number]
        outcome = client.advance()
        if outcome:
            counts[outcome] += 1
            took.append(time.monotonic() - client.released)
            del waiting[number]
            epoll.unregister(number)
            client.socket.close()


waiting, counts, took, held, for_ever = {}, collections.Counter(), [], [], []
begun = 0
for number in range(deploys):
    while begun < handshakes * (number + 1) // deploys:
        held.append(Client(random.randint(0, 4)))
        begun += 1
        if begun % 10 == 0:
            for_ever.append(Client(None))
    command = [program, "deploy", f"v{(number + 1) % 2 + 1}", "--config", configuration]
    deploy = subprocess.run(command, capture_output=True, text=True)
    if deploy.returncode != 0:
        sys.exit(deploy.stdout + deploy.stderr)
    for client in held:
        client.held -= 1
        if client.held < 0:
            client.release()
    held = [client for client in held if client.held >= 0]
    until = time.monotonic() + 0.3
    while time.monotonic() < until:
        turn(0.05)
for client in held:
    client.release()
limit = time.monotonic() + 120
while waiting and time.monotonic() < limit:
    turn(0.5)
counts["not answered within 120 s"] += len(waiting)
took.sort()
print(f"{begun} handshakes held over 0 to 4 of {deploys} deploys, {len(for_ever)} half-open for good")
print(", ".join(f"{kind}: {count}" for kind, count in counts.items() if count))
print(f"from the release to the answer: median {took[len(took) // 2]:.2f} s, longest {took[-1]:.2f} s")
sys.exit(0 if counts["answered"] == begun else 1)
P
result=$?
echo "stragglers by listener: $(of_status "[l.get('stragglers') for l in s['listeners']]")"
exit "$result"
