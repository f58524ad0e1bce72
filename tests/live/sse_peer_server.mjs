// A plain Node server for tests/live/test_sse_peers.py: two events a connection, from
// the one after Last-Event-ID on, and 204 after the last. Prints its port; ends with
// its input.
import { createServer } from "node:http";

process.stdin.on("end", () => process.exit(0)).resume();
const said = ["Xin chào", "", "Đà Nẵng\nHuế", "x".repeat(2 ** 20), "tạm biệt"];

const server = createServer((request, response) => {
  const next = Number(request.headers["last-event-id"] ?? 0);
  if (next === said.length) return response.writeHead(204).end();
  response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8" });
  response.write("retry: 1\n\n");
  said.slice(next, next + 2).forEach((data, index) => {
    response.write(`id: ${next + index + 1}\n`);
    for (const line of data.split("\n")) response.write(`data: ${line}\n`);
    response.write("\n");
  });
  response.end();
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
