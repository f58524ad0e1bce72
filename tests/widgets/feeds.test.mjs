// The feeds' layout, without a browser.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

const source = await readFile(new URL("../../widgets/feeds.js", import.meta.url), "utf8");
const feeds = await import(`data:text/javascript,${encodeURIComponent(source)}`);
const lane = { clients: 2, changes: 10, shown: 10, mean_ms: 5, worst_ms: 8, requests: 4, bytes: 3000, seconds: 10 };
const lanes = { a: lane, b: { ...lane, bytes: 1500, requests: 0 } };
const points = [1, 0.2].flatMap((mean_s) => [180, 10].map((rtt_ms) => ({ mean_s, rtt_ms, clients: 2, lanes })));

test("the module is what anywidget wants", () => {
  assert.equal(typeof feeds.default.render, "function");
});

test("both languages have the same labels", () => {
  const [en, vi] = ["en", "vi"].map(feeds.labelsOf);
  assert.deepEqual(Object.keys(en), Object.keys(vi));
  for (const part of ["settings", "values", "heads"]) assert.deepEqual(Object.keys(en[part]), Object.keys(vi[part]));
  assert.equal(feeds.labelsOf("fr"), en);
  assert.equal(JSON.stringify(vi).normalize("NFC"), JSON.stringify(vi));
});

test("a slider has the grid's values in rising order", () => {
  assert.deepEqual(feeds.choicesOf(points, "mean_s"), [0.2, 1]);
  assert.deepEqual(feeds.choicesOf(points, "rtt_ms"), [10, 180]);
  assert.equal(feeds.pointOf(points, { mean_s: 0.2, rtt_ms: 10, clients: 2 }), points[3]);
});

test("costs are for each change on a screen, and for all clients together", () => {
  assert.deepEqual(feeds.costsOf(lane), {
    mean_ms: 5, worst_ms: 8, shown_percent: 50, requests_each: 0.4, bytes_each: 300, requests_per_s: 0.4, kilobytes_per_s: 0.3,
  });
});

test("a bar is a part of the greatest value in its column", () => {
  const [a, b] = feeds.rowsOf(points[0], "en");
  const cell = (row, column) => row.cells.find((one) => one.column === column);
  assert.deepEqual(cell(a, "bytes_each"), { column: "bytes_each", text: "300", percent: 100 });
  assert.deepEqual(cell(b, "bytes_each"), { column: "bytes_each", text: "150", percent: 50 });
  assert.deepEqual(cell(b, "requests_each"), { column: "requests_each", text: "0.00", percent: 0 });
});

test("numbers are written as the snapshot writes them", () => {
  assert.deepEqual([1187.4, 98.44, 100, 5, 0.004, 0.5].map((n) => feeds.costText(n, "en")), ["1,187", "98.4", "100", "5", "0.00", "0.50"]);
  assert.deepEqual([1187.4, 98.44, 0.5].map((n) => feeds.costText(n, "vi")), ["1.187", "98,4", "0,50"]);
});
