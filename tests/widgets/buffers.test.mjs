// The buffers' layout, without a browser.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

const source = await readFile(new URL("../../widgets/buffers.js", import.meta.url), "utf8");
const buffers = await import(`data:text/javascript,${encodeURIComponent(source)}`);
const sample = (time_ms, transport_bytes, paused) => ({ time_ms, application_bytes: 0, transport_bytes, kernel_bytes: 10, paused });
const samples = [sample(100, 0, false), sample(150, 80, true), sample(200, 40, true), sample(300, 0, false), sample(500, 100, true)];
const limits = { transport_bytes: { high_bytes: 80, low_bytes: 20 } };

test("the module is what anywidget wants", () => {
  assert.equal(typeof buffers.default.render, "function");
});

test("both languages have the same labels", () => {
  const [en, vi] = ["en", "vi"].map(buffers.labelsOf);
  assert.deepEqual(Object.keys(en), Object.keys(vi));
  for (const part of ["queues", "marks"]) assert.deepEqual(Object.keys(en[part]), Object.keys(vi[part]));
  assert.equal(buffers.labelsOf("fr"), en);
  assert.equal(JSON.stringify(vi).normalize("NFC"), JSON.stringify(vi));
});

test("a bar is as full as its queue, and the marks stand on its scale", () => {
  const layout = buffers.queueOf(samples, limits, "transport_bytes", 1);
  assert.deepEqual([layout.most, layout.value, layout.percent, layout.above], [100, 80, 80, true]);
  assert.deepEqual(layout.marks.map(({ name, percent }) => [name, percent]), [["high_bytes", 80], ["low_bytes", 20]]);
  assert.equal(buffers.queueOf(samples, limits, "transport_bytes", 2).above, false);
});

test("a mark that was never reached is on the scale all the same", () => {
  const layout = buffers.queueOf(samples, { kernel_bytes: { high_bytes: 40 } }, "kernel_bytes", 0);
  assert.deepEqual([layout.most, layout.percent, layout.marks[0].percent], [40, 25, 100]);
});

test("an empty queue has no fill, and no marks without limits", () => {
  const layout = buffers.queueOf(samples, {}, "application_bytes", 0);
  assert.deepEqual([layout.percent, layout.marks, layout.above], [0, [], false]);
  assert.deepEqual(buffers.queueOf([], {}, "kernel_bytes", 0).course, "");
});

test("places follow the time, not the number of samples", () => {
  assert.deepEqual(samples.map((_, i) => buffers.placeOf(samples, i)), [0, 125, 250, 500, 1000]);
  assert.equal(buffers.placeOf([samples[2]], 0), 0);
  assert.equal(buffers.queueOf(samples, limits, "transport_bytes", 0).course, "M0 40L0 40L125 8L250 24L500 40L1000 0V40Z");
});

test("a pause lasts until the next sample that says otherwise", () => {
  assert.deepEqual(buffers.pausesOf(samples), [{ start: 125, length: 375 }, { start: 1000, length: 0 }]);
  assert.deepEqual(buffers.pausesOf([]), []);
});

test("sizes are written as the snapshot writes them", () => {
  assert.equal(buffers.bytesText(512, "en"), "512 B");
  assert.equal(buffers.bytesText(1536, "vi"), "1,5 KiB");
  assert.equal(buffers.bytesText(2 ** 21, "en"), "2 MiB");
  assert.equal(buffers.numberText(1234.5, "vi"), "1.234,5");
});
