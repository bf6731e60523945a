// Parses heads in a process of its own, so that no parser changes how another is compiled. Started by run.mjs with the
// parser's name and the bundle; answers each message `{ms}` with the nanoseconds one head took, the collection of its
// garbage included.
//
// The heads come in small batches, each in a turn of the event loop of its own: node:http's messages put work off to the
// end of the turn, and would pile up otherwise. That work itself is not counted; it is not parsing.

import { setImmediate as nextTurn } from "node:timers/promises";
import { PARSERS } from "./parsers.mjs";
import { browserGet, variants } from "./requests.mjs";

/** How many heads are read in one turn; a multiple of the variants. */
const BATCH = 64;

const [name, bundle] = process.argv.slice(2);
const read = await PARSERS[name](bundle);
const heads = variants((index) => browserGet("/reading", index));
let expected = 0;

/** Nanoseconds that a batch took. */
function batch() {
	const start = process.hrtime.bigint();
	let last = 0;
	for (let index = 0; index < BATCH; index += 1) last = read(heads[index % heads.length]);
	const time = Number(process.hrtime.bigint() - start);
	expected += BATCH;
	if (last !== expected) throw new Error(`${name} has read ${last} heads of ${expected}`);
	return time;
}

process.on("message", async ({ ms }) => {
	let time = 0;
	let count = 0;
	while (time < ms * 1e6) {
		time += batch();
		count += BATCH;
		await nextTurn();
	}
	process.send({ value: time / count });
});
process.on("disconnect", () => process.exit());
process.send({ ready: true });
