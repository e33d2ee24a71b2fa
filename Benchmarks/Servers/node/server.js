// The small site: the release's version, and /echo, which gives a body back.
const fs = require("fs"), http = require("http");
const version = fs.readFileSync("version");

let draining = false;
const server = http.createServer((request, response) => {
  if (draining) response.setHeader("Connection", "close");
  const answer = body => response.setHeader("Content-Length", body.length).end(body);
  if (request.url !== "/echo") return answer(version);
  const parts = [];
  request.on("data", part => parts.push(part)).on("end", () => answer(Buffer.concat(parts)));
});

// The socket that deployd hands down; without deployd, a port.
server.listen(process.argv[2] ? { port: Number(process.argv[2]), host: "127.0.0.1" } : { fd: 3 });
process.on("SIGTERM", () => {
  // Not server.close(): since Node 19 that closes idle connections, and a request on its way to one is lost. Accept no
  // more, answer what comes on the connections there are, and let each go behind its answer.
  draining = true;
  require("net").Server.prototype.close.call(server, () => process.exit(0));
});
