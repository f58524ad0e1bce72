// What the browser's client says and where it connects, without a browser.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

const source = await readFile(new URL("../../widgets/browser.js", import.meta.url), "utf8");
const browser = await import(`data:text/javascript,${encodeURIComponent(source)}`);

test("the module is what anywidget wants", () => {
  assert.equal(typeof browser.default.render, "function");
});

test("both languages have the same labels", () => {
  const [en, vi] = ["en", "vi"].map(browser.labelsOf);
  assert.deepEqual(Object.keys(en), Object.keys(vi));
  assert.deepEqual(Object.keys(en.why), Object.keys(vi.why));
  assert.equal(browser.labelsOf("fr"), en);
  const said = JSON.stringify([vi, vi.recorded("x"), vi.silent(10)]);
  assert.equal(said.normalize("NFC"), said);
});

test("the base URL comes out of Jupyter's page, and from nowhere else", () => {
  assert.equal(browser.baseOf('{"baseUrl": "/user/an/", "token": "x"}'), "/user/an/");
  assert.equal(browser.baseOf('{"baseUrl": "/user/an"}'), "/user/an/");
  assert.equal(browser.baseOf('{"baseUrl": "/"}'), "/");
  for (const text of [undefined, "", "{}", '{"baseUrl": 7}', '{"baseUrl": "https://evil.example/"}', '{"baseUrl": "//evil.example/"}'])
    assert.equal(browser.baseOf(text), "", text);
});

test("the way to the kernel goes through the proxy", () => {
  assert.equal(browser.pathOf("/user/an/", 8765, "/chat?x=1"), "/user/an/proxy/8765/chat?x=1");
});

test("a call is shown as the reader would write it", () => {
  const call = (client) => browser.callText({ options: {}, target: "/chat", ...client }, "/proxy/1/chat");
  assert.equal(call({ kind: "websocket" }), 'new WebSocket("…/proxy/1/chat")');
  assert.equal(call({ kind: "websocket", options: { protocols: ["a", "b"] } }), 'new WebSocket("…/proxy/1/chat", ["a","b"])');
  assert.equal(call({ kind: "eventsource", options: { events: ["price"] } }), 'new EventSource("…/proxy/1/chat")');
  assert.equal(
    call({ kind: "socketio", target: "/", options: { transports: ["websocket"] } }),
    'io("/", { transports: ["websocket"], path: "…/proxy/1/chat" })',
  );
});

test("a close shows its code, its reason, and whether it was clean", () => {
  assert.equal(browser.closeText({ code: 1005, reason: "", wasClean: true }), "close 1005");
  assert.equal(browser.closeText({ code: 4001, reason: "tạm biệt", wasClean: true }), 'close 4001 "tạm biệt"');
  assert.equal(browser.closeText({ code: 1006, reason: "", wasClean: false }), "close 1006, not clean");
});

test("values keep their quotes, bytes are counted", () => {
  assert.equal(browser.valueText("Xin chào"), '"Xin chào"');
  assert.equal(browser.valueText(new ArrayBuffer(3)), "3 bytes");
  assert.equal(browser.visible("a\r\n\u202eb"), "a␍␊\ufffdb");
});
