// Parses heads in a process of its own, so that no parser changes how another is compiled. Started by run.mjs with the
// parser's name and the bundle; answers each message `{ms}` with the nanoseconds one head took.

import { PARSERS } from "./parsers.mjs";
import { browserGet, variants } from "./requests.mjs";

/** How many heads are read between two looks at the clock; a multiple of the variants. */
const BATCH = 4096;

const [name, bundle] = process.argv.slice(2);
const read = await PARSERS[name](bundle);
const heads = variants((index) => browserGet("/reading", index));
let expected = 0;

process.on("message", ({ ms }) => {
	const start = process.hrtime.bigint();
	const end = start + BigInt(Math.round(ms * 1e6));
	let now = start;
	let count = 0;
	while (now < end) {
		let last = 0;
		for (let index = 0; index < BATCH; index += 1) last = read(heads[index % heads.length]);
		expected += BATCH;
		if (last !== expected) throw new Error(`${name} has read ${last} heads of ${expected}`);
		count += BATCH;
		now = process.hrtime.bigint();
	}
	process.send({ value: Number(now - start) / count });
});
process.on("disconnect", () => process.exit());
process.send({ ready: true });
