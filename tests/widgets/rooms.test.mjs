// The rooms' layout, without a browser.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

const source = await readFile(new URL("../../widgets/rooms.js", import.meta.url), "utf8");
const rooms = await import(`data:text/javascript,${encodeURIComponent(source)}`);
const steps = [
  { kind: "connect", who: "An" },
  { kind: "join", who: "An", room: "news" },
  { kind: "join", who: "Bình", room: "news" },
  { kind: "join", who: "Bình", room: "chess" },
  { kind: "connect", who: "Chi" },
  { kind: "emit", who: "An", room: "news", text: "hi", hears: ["Chi"], skip: ["An"] },
  { kind: "emit", hears: ["An", "Bình", "Chi"] },
  { kind: "leave", who: "An", room: "news" },
  { kind: "disconnect", who: "Bình" },
  { kind: "emit", who: "Chi", room: "news", hears: [] },
];
const hears = (index, words) => rooms.hearsText(steps[index], rooms.hereAfter(steps, index), words);
const signs = (index, room) =>
  Object.fromEntries(rooms.boxesOf(steps, index).find((box) => box.room === room).chips.map((chip) => [chip.who, chip.signs.join(" ")]));

test("the module is what anywidget wants", () => {
  assert.equal(typeof rooms.default.render, "function");
});

test("both languages have the same labels", () => {
  const [en, vi] = ["en", "vi"].map(rooms.labelsOf);
  assert.deepEqual(Object.keys(en), Object.keys(vi));
  for (const part of ["kinds", "heard", "signs"]) assert.deepEqual(Object.keys(en[part]), Object.keys(vi[part]));
  assert.equal(rooms.labelsOf("fr"), en);
  assert.equal(JSON.stringify(vi).normalize("NFC"), JSON.stringify(vi));
});

test("one person is in several rooms; who disconnects is in none", () => {
  assert.deepEqual(rooms.roomsOf(steps), ["news", "chess"]);
  assert.deepEqual(rooms.peopleOf(steps), ["An", "Bình", "Chi"]);
  assert.deepEqual([...rooms.hereAfter(steps, 5).get("Bình")], ["news", "chess"]);
  assert.deepEqual([...rooms.hereAfter(steps, 9).keys()], ["An", "Chi"]);
  assert.equal(rooms.hereAfter(steps, 0).size, 0);
});

test("a message lights up those who heard it, and shows where the rooms say otherwise", () => {
  assert.deepEqual(signs(5, "news"), { An: "sends skipped", Bình: "missed" });
  assert.deepEqual(signs(5, undefined), { An: "", Bình: "", Chi: "hears outside" });
  assert.deepEqual(signs(5, "chess"), { Bình: "" });
  assert.deepEqual(rooms.boxesOf(steps, 5).map((box) => box.target), [false, true, false]);
});

test("a message without a room goes to everyone connected", () => {
  assert.deepEqual(signs(6, undefined), { An: "hears", Bình: "hears", Chi: "hears" });
  assert.deepEqual(signs(6, "news"), { An: "", Bình: "" });
});

test("a sender outside the room is marked outside it", () => {
  assert.deepEqual(signs(9, undefined), { An: "", Chi: "sends" });
  assert.deepEqual(signs(9, "news"), {});
});

test("who comes and who goes is marked where it changes", () => {
  assert.deepEqual(signs(1, "news"), { An: "join" });
  assert.deepEqual(signs(1, undefined), { An: "" });
  assert.deepEqual(signs(7, "news"), { An: "leave", Bình: "" });
  assert.deepEqual(signs(8, "chess"), { Bình: "disconnect" });
  assert.deepEqual(rooms.boxesOf(steps, 8).map((box) => box.size), [2, 0, 0]);
});

test("a step is said in a sentence", () => {
  const [en, vi] = ["en", "vi"].map(rooms.labelsOf);
  assert.equal(rooms.whatText(steps[1], en), "An joins news");
  assert.equal(rooms.whatText(steps[5], vi), "An → news: “hi”");
  assert.equal(rooms.whatText(steps[6], vi), "Máy chủ → mọi người");
  assert.equal(hears(5, en), "heard by: Chi; skipped: An; ⚠ in the room, did not hear it: Bình; ⚠ outside, heard it: Chi");
  assert.equal(hears(9, vi), "nghe thấy: không ai");
  assert.equal(hears(0, en), "");
});

test("keys lead to steps, other keys nowhere", () => {
  assert.equal(rooms.afterKey("ArrowDown", 0, 3), 1);
  assert.equal(rooms.afterKey("ArrowDown", 2, 3), 2);
  assert.equal(rooms.afterKey("ArrowUp", 0, 3), 0);
  assert.equal(rooms.afterKey("End", 0, 3), 2);
  assert.equal(rooms.afterKey("Tab", 0, 3), null);
  assert.equal(rooms.afterKey("toString", 0, 3), null);
  assert.equal(rooms.afterKey("Home", 0, 0), null);
});

test("where everyone was is a list of steps that lead there", () => {
  const lead = rooms.stepsTo({ An: ["news", "chess"], Chi: [] });
  assert.deepEqual([...rooms.hereAfter(lead, lead.length)].map(([who, found]) => [who, [...found]]), [["An", ["news", "chess"]], ["Chi", []]]);
});

test("of a crowd those are drawn that a message lights up, and the others counted", () => {
  const crowd = Array.from({ length: 100 }, (_, i) => ({ kind: "connect", who: `p${i}` }));
  const [box] = rooms.boxesOf([...crowd, { kind: "emit", hears: ["p99"], skip: crowd.slice(0, 99).map(({ who }) => who) }], 100);
  assert.deepEqual([box.size, box.chips.length, box.more], [100, 60, 40]);
  const [quiet] = rooms.boxesOf(crowd, 99);
  assert.deepEqual(quiet.chips[0], { who: "p99", signs: ["connect"] });
});
