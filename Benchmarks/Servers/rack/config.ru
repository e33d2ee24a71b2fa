# The small site for Rack: the release's version, and /echo, which gives a body back.
version = File.binread("version")
run lambda { |env|
  body = env["PATH_INFO"] == "/echo" ? env["rack.input"].read : version
  [200, { "Content-Type" => "text/plain", "Content-Length" => body.bytesize.to_s }, [body]]
}
