"""Python's ssl and http.client: one connection."""
import http.client
import json
import os
import ssl
import sys
import time

port, issuer, stop = sys.argv[1:4]
context = ssl.create_default_context(cafile=issuer)
context.minimum_version = ssl.TLSVersion.TLSv1_3
asked = failed = fresh = 0
connection = None
while not os.path.exists(stop):
    if connection is None:
        connection = http.client.HTTPSConnection("127.0.0.2", int(port), context=context, timeout=10)
        fresh += 1
    asked += 1
    try:
        connection.request("GET", "/version")
        answer = connection.getresponse()
        assert answer.status == 200 and answer.read() in (b"v1\n", b"v2\n")
        if answer.will_close or connection.sock is None:
            connection = None
    except (OSError, AssertionError, http.client.HTTPException) as error:
        print(repr(error), file=sys.stderr)
        failed += 1
        connection = None
    time.sleep(0.02)
print(json.dumps({"asked": asked, "failed": failed, "fresh": fresh}))
