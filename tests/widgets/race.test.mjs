// The race's layout, without a browser.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

const source = await readFile(new URL("../../widgets/race.js", import.meta.url), "utf8");
const race = await import(`data:text/javascript,${encodeURIComponent(source)}`);
const events = [
  { time_ms: 10, bytes: 300, requests: 1 },
  { time_ms: 100, message: 1, latency_ms: 80, bytes: 50, requests: 1 },
  { time_ms: 100, message: 2, latency_ms: 10 },
  { time_ms: 200, message: 3, latency_ms: 30, bytes: 50 },
];
const lanes = [{ name: "a", events }, { name: "b", events: [{ time_ms: 150, message: 2 }] }];
const stats = (time) => race.statsAt(events, time);

test("the module is what anywidget wants", () => {
  assert.equal(typeof race.default.render, "function");
});

test("both languages have the same labels", () => {
  const [en, vi] = ["en", "vi"].map(race.labelsOf);
  assert.deepEqual(Object.keys(en), Object.keys(vi));
  for (const part of ["units", "heads"]) assert.deepEqual(Object.keys(en[part]), Object.keys(vi[part]));
  assert.equal(race.labelsOf("fr"), en);
  assert.equal(JSON.stringify(vi).normalize("NFC"), JSON.stringify(vi));
  assert.equal(en.units.requests("1"), "request");
});

test("a lane's counters grow with the clock", () => {
  assert.deepEqual(stats(0), { messages: 0, bytes: 0, requests: 0, median: null, worst: null });
  assert.deepEqual(stats(100), { messages: 2, bytes: 350, requests: 2, median: 45, worst: 80 });
  assert.deepEqual(stats(200), { messages: 3, bytes: 400, requests: 2, median: 30, worst: 80 });
});

test("what was not measured is no zero", () => {
  assert.deepEqual(race.statsAt(lanes[1].events, 150), { messages: 1, bytes: null, requests: null, median: null, worst: null });
  assert.deepEqual(race.columnsOf([lanes[1]]), ["messages"]);
  assert.deepEqual(race.columnsOf([]), []);
});

test("a lane says which messages it never got", () => {
  assert.equal(race.totalOf(lanes, 0), 3);
  assert.equal(race.totalOf(lanes, 5), 5);
  assert.equal(race.totalOf(lanes, 1), 3);
  assert.deepEqual(race.missingOf(lanes[1].events, 3), [1, 3]);
  assert.deepEqual(race.missingOf(events, 3), []);
});

test("only a lane that got every message can be best, and only where lanes differ", () => {
  const row = (messages, bytes, median) => ({ messages, bytes, requests: 1, median, worst: null });
  const best = race.winnersOf([row(3, 400, 0.9), row(3, 300, 1.8), row(3, 500, 250), row(2, 10, 0.1)], 3);
  assert.deepEqual(best, { messages: [0, 1, 2], bytes: [1], requests: [0, 1, 2], median: [0, 1], worst: [] });
  assert.deepEqual(race.winnersOf([row(3, 5, 1), row(3, 5, 2)], 3), { messages: [], bytes: [], requests: [], median: [], worst: [] });
  assert.deepEqual(race.winnersOf([row(1, 5, 1), row(2, 6, 2)], 3).bytes, []);
});

test("messages that arrive together stand above each other, inside the track", () => {
  for (const width of [300, 900]) {
    const { dots, height, base, requests, x } = race.trackOf(events, 200, width);
    assert.equal(dots[0].x, dots[1].x);
    assert.ok(dots[1].y < dots[0].y && dots[2].y === dots[0].y);
    assert.ok(dots.every((dot) => dot.y - 4 >= 0 && dot.y + 4 <= base && dot.x + 4 <= width && dot.from <= dot.x));
    assert.ok(height > base && requests.length === 2 && x(0) === 8 && x(200) === width - 8);
  }
  const crowd = Array.from({ length: 500 }, (_, n) => ({ time_ms: 1, message: n + 1, latency_ms: 9 }));
  const track = race.trackOf(crowd, 1, 300);
  assert.ok(track.height < 100 && track.dots.every((dot) => dot.y >= 4 && dot.from === 8));
  assert.equal(race.trackOf([], 0, 300).dots.length, 0);
});

test("a message is hollow while it waits and full when it has come", () => {
  const track = race.trackOf(events, 200, 300), circles = (path) => path.split("M").length - 1;
  const seen = (time) => {
    const { come, due, asked } = race.pathsAt(track, time);
    return [come, due, asked].map(circles);
  };
  assert.deepEqual(seen(0), [0, 0, 0]);
  assert.deepEqual(seen(20), [0, 1, 1]);
  assert.deepEqual(seen(95), [0, 2, 1]);
  assert.deepEqual(seen(100), [2, 0, 2]);
  assert.deepEqual(seen(200), [3, 0, 2]);
});

test("keys lead to events, other keys nowhere", () => {
  const times = race.timesOf(lanes);
  const lead = (key, at) => race.afterKey(key, at, times);
  assert.deepEqual(times, [10, 100, 150, 200]);
  assert.equal(lead("ArrowRight", 50), 100);
  assert.equal(lead("ArrowLeft", 50), 10);
  assert.equal(lead("ArrowRight", 200), 200);
  assert.equal(lead("Home", 150), 0);
  assert.equal(lead("End", 0), 200);
  assert.equal(lead("PageUp", 0), 200);
  assert.equal(lead("PageDown", 200), 10);
  for (const key of ["Tab", " ", "toString"]) assert.equal(lead(key, 0), null);
  assert.equal(race.afterKey("Home", 0, []), null);
});

test("with calm motion the clock jumps from event to event", () => {
  assert.deepEqual([0, 99, 100, 180].map((time) => race.calmTime(time, [10, 100, 150])), [0, 10, 100, 150]);
});

test("numbers are written as the snapshot writes them", () => {
  assert.equal(race.numberText(1234567.25, "en"), "1,234,567.3");
  assert.equal(race.numberText(1234.5, "vi"), "1.234,5");
  assert.equal(race.numberText(null, "en"), "–");
});
