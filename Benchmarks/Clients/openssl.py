"""`openssl s_client`, whose input are requests: one connection."""
import json
import os
import select
import subprocess
import sys
import time

port, issuer, stop = sys.argv[1:4]
REQUEST = b"GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n"


def connect():
    words = ["-connect", f"127.0.0.2:{port}", "-servername", "localhost", "-verify_hostname", "localhost", "-verify_return_error"]
    return subprocess.Popen(
        ["openssl", "s_client", "-quiet", "-tls1_3", "-CAfile", issuer, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, bufsize=0)


asked = failed = fresh = 0
client = None
while not os.path.exists(stop):
    if client is None:
        client = connect()
        fresh += 1
    asked += 1
    answer = b""
    try:
        client.stdin.write(REQUEST)
        while not answer.endswith((b"\r\n\r\nv1\n", b"\r\n\r\nv2\n")):
            if not select.select([client.stdout], [], [], 10)[0]:
                raise OSError("no answer within 10 s")
            part = os.read(client.stdout.fileno(), 65536)
            if not part:
                raise OSError(f"the end, behind {answer!r}")
            answer += part
        if not answer.startswith(b"HTTP/1.1 200 "):
            raise OSError(f"{answer!r}")
    except OSError as error:
        print(error, file=sys.stderr)
        failed += 1
        client.kill()
        client.wait()
        client = None
    time.sleep(0.02)
if client:
    client.stdin.close()
    client.kill()
    client.wait()
print(json.dumps({"asked": asked, "failed": failed, "fresh": fresh}))
