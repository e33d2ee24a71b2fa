"""Connections at ports of 127.0.0.2, counted from the packets on the loopback interface until SIGTERM. Needs root.

    connections.py PORT …

SIGUSR1 draws a line: what comes behind it is counted apart. Prints for each port, as one JSON object: `opened`, `handshakes`
(ClientHello), `closed` (the server ended the connection before the client did), and the same behind the line as `late`. Probes, which come
from the listener's own address, do not count.
"""
import collections
import ctypes
import json
import signal
import socket
import struct
import sys

FIN, SYN, RST = 1, 2, 4
SO_ATTACH_FILTER = 26
ports = [int(word) for word in sys.argv[1:]]


def only_tcp_of_ports():
    """A filter (classic BPF) for IPv4 packets of TCP from or to one of the ports."""
    program = [(0x30, 0, 0, 9), (0x15, 0, 2 * len(ports) + 3, 6), (0xB1, 0, 0, 0)]  # protocol; X: length of the IP header
    for place in (0, 2):
        program.append((0x48, 0, 0, place))
        for port in ports:
            program.append((0x15, None, 0, port))
    accept = len(program) + 1
    program = [
        (code, accept - index - 1 if yes is None else yes, no, value) for index, (code, yes, no, value) in enumerate(program)]
    return program + [(0x06, 0, 0, 0), (0x06, 0, 0, 0xFFFF)]


packets = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
code = b"".join(struct.pack("HBBI", *step) for step in only_tcp_of_ports())
buffer = ctypes.create_string_buffer(code)
packets.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HL", len(code) // 8, ctypes.addressof(buffer)))
packets.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
packets.bind(("lo", 0x0800))
packets.settimeout(0.2)

counts = {port: collections.Counter() for port in ports}
late = {port: collections.Counter() for port in ports}
alive, ended, is_late = {}, False, False


def draw(*_):
    global is_late
    is_late = True


def end(*_):
    global ended
    ended = True


signal.signal(signal.SIGUSR1, draw)
signal.signal(signal.SIGTERM, end)
print("ready", file=sys.stderr, flush=True)


def note(port, kind):
    counts[port][kind] += 1
    if is_late:
        late[port][kind] += 1


while not ended:
    try:
        packet, origin = packets.recvfrom(65536)
    except OSError:
        continue
    if origin[2] == socket.PACKET_OUTGOING:  # the loopback interface shows each twice
        continue
    start = (packet[0] & 15) * 4
    if packet[12:16] == packet[16:20]:
        continue
    source, target, _, _, offset, flags = struct.unpack_from(">HHIIBB", packet, start)
    if target in counts:
        client, port = source, target
        data = packet[start + (offset >> 4) * 4:]
        if flags & SYN and alive.get((client, port)) != "new":
            alive[client, port] = "new"
            note(port, "opened")
        if len(data) > 5 and data[0] == 22 and data[5] == 1:
            note(port, "handshakes")
        if flags & (FIN | RST):
            alive.pop((client, port), None)
        elif data:
            alive[client, port] = "open"
    elif flags & (FIN | RST) and alive.pop((target, source), None):
        note(source, "closed")
kinds = ("opened", "handshakes", "closed")
print(json.dumps({
    port: {**{kind: counts[port][kind] for kind in kinds}, "late": {kind: late[port][kind] for kind in kinds}}
    for port in ports}))
