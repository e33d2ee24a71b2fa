extension StrictLoadCommand {
    /// What `--help` prints.
    static let usage = """
        usage: strict-load ADDRESS [option …]
          ADDRESS is 127.0.0.1:8080, [::1]:8080 or unix:PATH. It never retries; every failed request is counted by kind.
          The exit code is 0 only when nothing failed and at least one request was answered.

          --mode MODE              keepalive (default); close: a connection a request, the server closes;
                                   close-by-client; idle: kept connections that think; post: body in two halves, echoed
          --connections N          clients, each with one connection at a time (32)
          --duration TIME          begin requests for so long; without it and --requests, until SIGINT or SIGTERM,
                                   which end a run after the answers under way; a second one ends it at once
          --requests N             begin so many requests
          --rate N                 requests a second by all clients together; latency counts from when one was due
          --think TIME[-TIME]      wait between answer and next request (0; idle: 0s-5s)
          --pause TIME             post: between the halves (20ms)
          --body-bytes N           post: length of the body (1024)
          --timeout TIME           for connecting, and for the answer (10s)
          --path PATH              (/version; post: /echo)
          --host NAME              the Host field (the address)
          --expect-status LIST     200, 200,304 or 200-299 (200)
          --expect-body-any TEXT   the body must be this, or another one given so; \\n is a line end
          --monotonic              a version that comes back is a failure: a version is a body of at most 64 bytes
          --allow-cycle            no failure after all; the report's epochs tell the cut-overs
          --allow-idle-close       a server may close an idle connection
          --stop-at-failure        end at the first failure, after the answers under way
          --source ADDRESS[-LAST]  connect from these in turn; may be repeated; any: the kernel's choice
                                   (loopback of IPv4: 127.0.0.2-127.0.0.33)
          --seed N                 of the think times (1)
          --json                   report as one JSON object; times in nanoseconds
          --versions FILE          write the versions seen over time, as CSV
        """
}
