// What every JavaScript client of the tests says to a server that echoes and obliges.
// In Node: node talk.mjs node|ws|undici URL CODES. In a page: talk(WebSocket, url, codes).
const MIB = 1024 * 1024;

export async function talk(Socket, url, codes) {
  const connect = () =>
    new Promise((resolve, reject) => {
      const ws = new Socket(url);
      ws.binaryType = "arraybuffer";
      ws.onopen = () => resolve(ws);
      ws.onerror = (event) => reject(new Error(`${url}: ${event.message ?? event.type}`));
    });
  const next = (ws) => new Promise((resolve) => (ws.onmessage = ({ data }) => resolve(data)));
  const closed = (ws) =>
    new Promise((resolve) => {
      ws.onerror = null;
      ws.onclose = ({ code, reason, wasClean }) => resolve([code, reason, wasClean]);
    });
  const plain = (data) => (typeof data === "string" ? data : `bytes ${new Uint8Array(data)}`);

  const bytes = Uint8Array.from({ length: 300 }, (_, i) => i % 256);
  const said = ["Xin chào", "", bytes, new Uint8Array(0), "Đ".repeat(MIB / 2), new Uint8Array(MIB).fill(7)];
  const ws = await connect();
  let echoed = 0;
  for (const message of said) {
    const answer = next(ws);
    ws.send(message);
    const wanted = typeof message === "string" ? message : message.buffer;
    if (plain(await answer) === plain(wanted)) echoed += 1;
  }
  const extensions = ws.extensions;
  // Said by the client: browsers let pages say these only.
  const ends = { 1000: closed(ws) };
  ws.close(1000, "xong");
  ends[1000] = await ends[1000];
  for (const code of [3000, 4999]) {
    const again = await connect();
    const end = closed(again);
    again.close(code, "xong");
    ends[code] = await end;
  }
  // Said by the server, each on a connection of its own.
  const obliged = {};
  for (const code of codes) {
    const again = await connect();
    const end = closed(again);
    again.send(`close ${code}`);
    obliged[code] = await end;
  }
  return { echoed, extensions, ends, obliged };
}

if (typeof process !== "undefined" && process.argv?.[2]) {
  const [, , kind, url, codes] = process.argv;
  const Socket = kind === "node" ? WebSocket : (await import(kind)).WebSocket;
  console.log(JSON.stringify(await talk(Socket, url, JSON.parse(codes))));
}
