// An EventSource of an npm package, for tests/live/test_sse_peers.py: prints what it
// hears, a line of JSON each; ends when it gives up, or its input does.
process.stdin.on("end", () => process.exit(1)).resume();
const [, , name, url] = process.argv;
const { EventSource } = await import(name);
const source = new EventSource(url);
const say = ({ type, data, lastEventId }) =>
  console.log(JSON.stringify({ type, data, id: lastEventId }));
for (const type of ["message", "city", "gap"]) source.addEventListener(type, say);
source.onerror = () => {
  if (source.readyState === EventSource.CLOSED) process.exit(0);
};
