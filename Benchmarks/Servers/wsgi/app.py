"""The small site for WSGI: the release's version, and /echo, which gives a body back."""
version = open("version", "rb").read()


def app(environ, start_response):
    body = version
    if environ["PATH_INFO"] == "/echo":
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
