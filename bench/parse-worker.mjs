// Parses heads in a process of its own, so that no parser changes how another is compiled. Started by run.mjs with the
// parser's name and the bundle; answers each message `{ms}` with the nanoseconds one head took: the median of batches of
// a few milliseconds, so that one which was interrupted does not count.

import { PARSERS } from "./parsers.mjs";
import { median } from "./report.mjs";
import { browserGet, variants } from "./requests.mjs";

/** How many heads are read between two looks at the clock; a multiple of the variants. */
const BATCH = 2048;

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

process.on("message", ({ ms }) => {
	const times = [];
	for (let rest = ms * 1e6; rest > 0; rest -= times.at(-1)) times.push(batch());
	process.send({ value: median(times) / BATCH });
});
process.on("disconnect", () => process.exit());
process.send({ ready: true });
