// Judges many messages in one process: a list of [hex, kind, role] in, verdicts out.
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";

const source = await readFile(new URL("../../widgets/microscope.js", import.meta.url), "utf8");
const { receive, say, boxesOf } = await import(`data:text/javascript,${encodeURIComponent(source)}`);
const { cases, words } = JSON.parse(await text(process.stdin));
const judged = cases.map(([hex, kind, role]) => {
  const deeds = receive(hex, kind, role);
  return {
    deeds: deeds.map(({ what, number, text: said }) => [what, String(number), said]),
    words: words.map((language) => deeds.map((deed) => say(deed, language)).join("; ")),
    boxes: boxesOf(hex, kind),
  };
});
process.stdout.write(JSON.stringify(judged));
