// The microscope's judge and layout, without a browser.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

const source = await readFile(new URL("../../widgets/microscope.js", import.meta.url), "utf8");
const scope = await import(`data:text/javascript,${encodeURIComponent(source)}`);
// RFC 6455 §5.7.
const HELLO = "818537fa213d7f9f4d5158";

test("the module is what anywidget wants", () => {
  assert.equal(typeof scope.default.render, "function");
});

test("both languages have the same labels", () => {
  const [en, vi] = ["en", "vi"].map(scope.labelsOf);
  assert.deepEqual(Object.keys(en), Object.keys(vi));
  assert.equal(scope.labelsOf("fr"), en);
  for (const text of Object.values(vi)) assert.equal(String(text).normalize("NFC"), String(text));
});

test("a bit is flipped and a byte is put, and both can be counted", () => {
  assert.equal(scope.flipBit("8105", 0), "0105");
  assert.equal(scope.flipBit("8105", 15), "8104");
  assert.equal(scope.putByte("8105", 1, "FF"), "81ff");
  assert.deepEqual(scope.changedBits("8105", "0104"), [0, 15]);
  assert.deepEqual(scope.changedBits("8105", "8105"), []);
});

test("four bytes have a window, and fields stand under their bits", () => {
  const boxes = scope.boxesOf(HELLO, "frame");
  const head = scope.windowOf(HELLO, boxes, 9);
  assert.deepEqual(head.map((octet) => octet.pair), ["81", "85", "37", "fa"]);
  assert.deepEqual(head[0].labels.map((l) => [boxes[l.index].name, l.from, l.count]),
    [["FIN", 0, 1], ["RSV1", 1, 1], ["RSV2", 2, 1], ["RSV3", 3, 1], ["opcode", 4, 4]]);
  assert.deepEqual(head[3].labels.map((l) => [boxes[l.index].name, l.begins]), [["masking key", false]]);
  assert.equal(head[1].cells.map((c) => c.value).join(""), "10000101");
  assert.equal(scope.windowOf(HELLO, boxes, 87).length, 3);
});

test("the sign says broken, unfinished or fine", () => {
  const sign = (hex, role) => scope.signOf(scope.receive(hex, "frame", role));
  assert.equal(sign(HELLO, "server"), "✓");
  assert.equal(sign(HELLO, "client"), "✕");
  assert.equal(sign(HELLO.slice(0, 8), "server"), "…");
});

test("keys lead to a bit, other keys nowhere", () => {
  const lead = (key, at) => scope.afterKey(key, at, 16, 8);
  assert.deepEqual(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"].map((k) => lead(k, 9)), [8, 10, 1, 9, 0, 15]);
  assert.equal(lead("ArrowLeft", 0), 0);
  assert.equal(lead("x", 0), null);
  assert.equal(lead("toString", 0), null);
});
