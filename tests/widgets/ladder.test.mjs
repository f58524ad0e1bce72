// The ladder's layout, without a browser.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

// The way the pages load it: as text, with nothing beside it.
const source = await readFile(new URL("../../widgets/ladder.js", import.meta.url), "utf8");
const ladder = await import(`data:text/javascript,${encodeURIComponent(source)}`);
const two = [{ id: "client-1" }, { id: "server" }];

test("the module is what anywidget wants", () => {
  assert.equal(typeof ladder.default.render, "function");
});

test("both languages have the same labels", () => {
  const [en, vi] = ["en", "vi"].map(ladder.labelsOf);
  assert.deepEqual(Object.keys(en), Object.keys(vi));
  assert.notEqual(en.next, vi.next);
  assert.equal(ladder.labelsOf("fr"), en);
  for (const text of Object.values(vi)) assert.equal(String(text).normalize("NFC"), String(text));
});

test("columns stand apart and inside", () => {
  for (const count of [1, 2, 3, 7]) {
    const at = ladder.columnPositions(count);
    assert.equal(at.length, count);
    assert.ok(at.every((x, i) => x > 5 && x < 95 && (i === 0 || x > at[i - 1])));
  }
});

test("an arrow points from the sender to the receiver", () => {
  const there = ladder.arrowOf(two, { sender: "client-1", receiver: "server" });
  const back = ladder.arrowOf(two, { sender: "server", receiver: "client-1" });
  assert.ok(there.toRight && !back.toRight);
  assert.deepEqual([there.left, there.width], [back.left, back.width]);
});

test("the words are centred on the arrow and never leave the lanes", () => {
  const ids = ["a", "b", "c", "d", "e", "server"];
  const columns = ids.map((id) => ({ id }));
  for (const sender of ids.slice(0, 5)) {
    const { left, width, words, wordsLeft } = ladder.arrowOf(columns, { sender, receiver: "server" });
    assert.ok(wordsLeft >= -1e-9 && wordsLeft + words <= 100 + 1e-9);
    assert.ok(Math.abs(wordsLeft + words / 2 - (left + width / 2)) < 1e-9);
  }
});

test("a dump has offsets, pairs and visible characters", () => {
  const rows = ladder.dumpRows("474554200d0aff7f00", 8);
  assert.deepEqual(rows.map((row) => row.offset), ["0000", "0008"]);
  assert.equal(rows[0].cells.map((c) => c.char).join(""), "GET ␍␊·␡");
  assert.deepEqual(rows[1].cells, [{ index: 8, pair: "00", char: "␀" }]);
  assert.deepEqual(ladder.dumpRows("", 16), []);
});

test("a click on a byte walks through the fields that hold it", () => {
  const fields = [{ start: 0, end: 2 }, { start: 0, end: 1 }, { start: 2, end: 3 }];
  assert.deepEqual(ladder.fieldsAt(fields, 0), [0, 1]);
  assert.equal(ladder.nextField(fields, 0, -1), 0);
  assert.equal(ladder.nextField(fields, 0, 0), 1);
  assert.equal(ladder.nextField(fields, 0, 1), -1);
  assert.equal(ladder.nextField(fields, 2, 0), 2);
  assert.equal(ladder.nextField(fields, 9, 0), -1);
});

test("keys lead to a message, other keys nowhere", () => {
  const lead = (key, selected, count = 3) => ladder.afterKey(key, selected, count);
  assert.equal(lead("ArrowDown", -1), 0);
  assert.equal(lead("ArrowDown", 2), 2);
  assert.equal(lead("ArrowUp", 0), 0);
  assert.equal(lead("Home", 2), 0);
  assert.equal(lead("End", 0), 2);
  assert.equal(lead("PageDown", 5, 100), 15);
  assert.equal(lead("PageDown", 95, 100), 99);
  assert.equal(lead("PageUp", 5, 100), 0);
  assert.equal(lead("Escape", 2), -1);
  assert.equal(lead("a", 0), null);
  assert.equal(lead("toString", 0), null);
  assert.equal(lead("ArrowDown", -1, 0), null);
});

test("control and hidden characters are visible", () => {
  assert.equal(ladder.visible("a\r\n\u0000\u007f"), "a␍␊␀␡");
  assert.equal(ladder.visible("a\u202eb\u0085"), "a\ufffdb\ufffd");
  assert.equal(ladder.visible("Đà Nẵng 👩‍💻"), "Đà Nẵng 👩‍💻");
});

test("times and ranges are written as the snapshot writes them", () => {
  assert.equal(ladder.timeText(null, "en"), "");
  assert.equal(ladder.timeText(1210.25, "en"), "1210.3 ms");
  assert.equal(ladder.timeText(1.5, "vi"), "1,5 ms");
  assert.equal(ladder.timeText(20, "vi"), "20 ms");
  assert.equal(ladder.rangeText({ start: 2, end: 6 }), "2–5");
  assert.equal(ladder.rangeText({ start: 2, end: 3 }), "2");
});

test("packed messages are unpacked, others left alone", () => {
  const words = ["client-1", "server", "ping", "FIN", "§5.2"];
  const rows = [[7, null, 1, 0, 1, 2, "ping", "8900", 2, [[3, "1", 0, 1, 4]], ""]];
  const message = {
    step: 7, time_ms: null, connection: 1, sender: "client-1", receiver: "server", kind: "ping", summary: "ping",
    hex: "8900", size: 2, fields: [{ name: "FIN", value: "1", start: 0, end: 1, source: "§5.2" }], error: "",
  };
  assert.deepEqual(ladder.unpack({ words, rows }), [message]);
  const plain = [message];
  assert.equal(ladder.unpack(plain), plain);
});

test("a filter lets through what it names", () => {
  const messages = [{ connection: 1, kind: "ping" }, { connection: 2, kind: "ping" }, { connection: 2, kind: "text" }];
  const count = (connection, kind) => ladder.passing(messages, { connection, kind }).length;
  assert.deepEqual([count("", ""), count("2", ""), count("", "ping"), count("2", "ping"), count("9", "")], [3, 2, 2, 1, 0]);
  assert.deepEqual(ladder.choices(messages, "kind"), ["ping", "text"]);
  assert.deepEqual(ladder.choices([{ connection: 10 }, { connection: 9 }], "connection", "11"), ["9", "10", "11"]);
});

test("the oldest go when there are too many", () => {
  const steps = (...all) => all.map((step) => ({ step }));
  const kept = (...given) => ladder.keepLast(...given).map(({ step }) => step);
  assert.deepEqual(kept(steps(1, 2), steps(3), 5), [1, 2, 3]);
  assert.deepEqual(kept(steps(1, 2), steps(3, 4), 3), [2, 3, 4]);
  assert.deepEqual(kept(steps(1), steps(2, 3, 4), 2), [3, 4]);
  assert.deepEqual(kept(steps(1, 2), [], 2), [1, 2]);
  assert.deepEqual(kept(steps(1, 2), steps(9, 10), 5), [9, 10], "behind a gap");
});

test("the rows in view are drawn, and none that does not exist", () => {
  assert.deepEqual(ladder.inView(0, 500, 50, 50_000), [0, 16]);
  assert.deepEqual(ladder.inView(5000, 500, 50, 50_000), [94, 116]);
  assert.deepEqual(ladder.inView(2_499_500, 500, 50, 50_000), [49_984, 50_000]);
  assert.deepEqual(ladder.inView(9000, 500, 50, 3), [3, 3]);
});
