// The timeline's layout, without a browser.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

const source = await readFile(new URL("../../widgets/timeline.js", import.meta.url), "utf8");
const line = await import(`data:text/javascript,${encodeURIComponent(source)}`);
const events = [
  { time_ms: 0, age_ms: 10, bytes: 100, requests: 1 },
  { time_ms: 100, age_ms: 0, latency_ms: 2, bytes: 50 },
  { time_ms: 200, bytes: 50 },
];
const series = [{ name: "a", events }, { name: "b", events: [] }];

test("the module is what anywidget wants", () => {
  assert.equal(typeof line.default.render, "function");
});

test("both languages have the same labels", () => {
  const [en, vi] = ["en", "vi"].map(line.labelsOf);
  assert.deepEqual(Object.keys(en), Object.keys(vi));
  for (const part of ["unit", "measures", "heads"]) assert.deepEqual(Object.keys(en[part]), Object.keys(vi[part]));
  assert.equal(line.labelsOf("fr"), en);
  assert.equal(JSON.stringify(vi).normalize("NFC"), JSON.stringify(vi));
});

test("every measure is read at one time; what was not measured is no zero", () => {
  assert.equal(line.valueAt(events, "age_ms", 40), 50);
  assert.equal(line.valueAt(events, "age_ms", 100), 0);
  assert.equal(line.valueAt(events, "latency_ms", 99), null);
  assert.equal(line.valueAt(events, "latency_ms", 200), 2);
  assert.equal(line.valueAt(events, "bytes", 150), 150);
  assert.equal(line.valueAt(events, "requests", 200), 1);
  assert.equal(line.valueAt([], "bytes", 200), null);
  assert.deepEqual(line.measuresOf([{ events: [{ time_ms: 0, bytes: 1 }] }]), ["bytes"]);
});

test("data ages between events; sums climb in steps", () => {
  assert.deepEqual(line.cornersOf(events, "age_ms", 200).corners, [[0, 10], [100, 110], [100, 0], [200, 100]]);
  assert.deepEqual(line.cornersOf(events, "bytes", 200).corners, [[0, 100], [100, 100], [100, 150], [200, 150], [200, 200], [200, 200]]);
  assert.deepEqual(line.cornersOf(events, "latency_ms", 200).marks, [[100, 2]]);
  assert.deepEqual(line.cornersOf([], "bytes", 200).corners, []);
});

test("ticks are round, start at 0 and reach no further than the data", () => {
  assert.deepEqual(line.ticksOf(948, 6), [0, 200, 400, 600, 800]);
  assert.deepEqual(line.ticksOf(1, 4), [0, 1]);
  assert.deepEqual(line.ticksOf(0, 4), [0]);
});

test("labels keep their distance and stay inside", () => {
  const places = line.spread([100, 100, 98, 10], 17, 0, 100);
  const sorted = [...places].sort((a, b) => a - b);
  assert.ok(sorted.every((at, i) => at <= 100 && (i === 0 || at - sorted[i - 1] >= 17)));
  assert.equal(places[3], 10);
});

test("a chart is drawn inside its area, at every width", () => {
  for (const width of [300, 900]) {
    const chart = line.chartOf(series, "bytes", width, 300);
    const [, y] = chart.lines[0].end;
    assert.ok(chart.area.right > chart.area.left && y >= chart.area.top && y <= chart.area.bottom);
    assert.equal(chart.x(0), chart.area.left);
    assert.equal(chart.x(200), chart.area.right);
    assert.equal(chart.lines[1].path, "");
    assert.equal(chart.lines[1].end, null);
  }
  assert.equal(line.chartOf([], "bytes", 300, 300).end, 0);
});

test("keys lead to events, other keys nowhere", () => {
  const times = line.timesOf(series);
  const lead = (key, at) => line.afterKey(key, at, times);
  assert.deepEqual(times, [0, 100, 200]);
  assert.equal(lead("ArrowRight", 50), 100);
  assert.equal(lead("ArrowLeft", 50), 0);
  assert.equal(lead("ArrowRight", 200), 200);
  assert.equal(lead("ArrowLeft", 0), 0);
  assert.equal(lead("PageUp", 0), 200);
  assert.equal(lead("PageDown", 200), 0);
  assert.equal(lead("End", 0), 200);
  assert.equal(lead("Tab", 0), null);
  assert.equal(lead("toString", 0), null);
  assert.equal(line.afterKey("Home", 0, []), null);
});

test("numbers are written as the snapshot writes them", () => {
  assert.equal(line.numberText(1234567.25, "en"), "1,234,567.3");
  assert.equal(line.numberText(1234.5, "vi"), "1.234,5");
  assert.equal(line.numberText(20, "vi"), "20");
  assert.equal(line.numberText(null, "en"), "–");
});
