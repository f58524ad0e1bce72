// The npm package `ws` as a server that echoes and obliges; prints its port, then the
// close codes that clients said. It ends with its standard input.
import { WebSocketServer } from "ws";

// With the argument "plain" it does not compress: so `make bench` compares it.
const perMessageDeflate = process.argv.includes("plain") ? false : { threshold: 0 };
const options = { host: "127.0.0.1", port: 0, perMessageDeflate };
const server = new WebSocketServer(options);
server.on("listening", () => console.log(server.address().port));
server.on("connection", (ws) => {
  ws.on("message", (data, isBinary) => {
    const asked = isBinary ? null : /^close (\d+)$/.exec(data.toString());
    if (asked) ws.close(Number(asked[1]), "tạm biệt");
    else ws.send(data, { binary: isBinary });
  });
  ws.on("close", (code) => console.log(code));
});
// A line on its standard input asks for the seconds of CPU that it has used.
process.stdin.on("data", (line) => {
  const { user, system } = process.cpuUsage();
  console.log(`${line.toString().trim()} ${(user + system) / 1e6}`);
});
process.stdin.on("end", () => process.exit());
