// The measured figures' layout, without a browser.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

const source = await readFile(new URL("../../widgets/measured.js", import.meta.url), "utf8");
const measured = await import(`data:text/javascript,${encodeURIComponent(source)}`);
const row = (unit, recorded, yours) => ({ label: unit, unit, recorded, yours });

test("the module is what anywidget wants", () => {
  assert.equal(typeof measured.default.render, "function");
});

test("both languages have the same labels", () => {
  const [en, vi] = ["en", "vi"].map(measured.labelsOf);
  assert.deepEqual(Object.keys(en), Object.keys(vi));
  assert.equal(measured.labelsOf("fr"), en);
  assert.equal(JSON.stringify(vi).normalize("NFC"), JSON.stringify(vi));
});

test("bars of one unit share a scale, also with the reader's own", () => {
  const bars = measured.barsOf([row("KiB", 10, 20), row("KiB", 5, null), row("ms", 3, null)], "en");
  assert.deepEqual(bars.map(({ bars }) => bars.map(({ percent }) => percent)), [[50, 100], [25], [100]]);
  assert.deepEqual(bars[0].bars.map(({ whose }) => whose), ["recorded", "yours"]);
});

test("nothing measured, and zero, are different", () => {
  const [nothing, zero] = measured.barsOf([row("s", null, null), row("s", 0, null)], "en");
  assert.deepEqual(nothing.bars, []);
  assert.deepEqual(zero.bars, [{ whose: "recorded", text: "0 s", percent: 0 }]);
});

test("numbers speak the reader's language", () => {
  assert.equal(measured.barsOf([row("KiB", 1234.56, null)], "vi")[0].bars[0].text, "1.234,6 KiB");
});

test("the origin is always said", () => {
  assert.match(measured.originOf("Linux", [row("s", 1, null)], "en"), /^Recorded on Linux\. Where you run/);
  assert.match(measured.originOf("Linux", [row("s", 1, 2)], "vi"), /Của bạn/);
  assert.match(measured.originOf("", [row("s", null, 2)], "en"), /^Nothing is recorded yet\./);
});
