// What a piece of work costs on XS, exactly: the engine's meter is read for N and for 2N times, and the difference divided,
// so that what it takes to start and to measure is not counted. For `npm run bench:xs` and the ceilings in the tests.

/** @typedef {import("../test/xs/machine.mjs").XsMachine} XsMachine */

/**
 * The cost of one piece of work. All of it repeats from run to run.
 * @typedef {object} XsCost
 * @property {number} computrons Byte codes executed, and what the engine's own functions count.
 * @property {number} slots Heap slots that stay behind: garbage, or kept. 16 octets each on a 32-bit device.
 * @property {number} chunkOctets Octets of chunks that stay behind: strings, buffers, arrays. On a 64-bit engine.
 * @property {number} stackSlots The deepest stack of all pieces, from where the work is called.
 */

/** How often the work is done before anything is measured: the first time makes what later ones find. */
const WARM_UPS = 2;

/**
 * Measures a piece of work on a machine that has loaded it.
 * @param {XsMachine} machine
 * @param {string} work A script whose value is a function that is given a count and does the work so often.
 * @param {number} count N. Large enough that what happens every so often is seen; small enough that 3N leave less garbage
 * than the heap has room for, or else a collection spoils the count.
 * @returns {Promise<XsCost>}
 * Throws Error when the third N cost something else than the second: a collection came between, or the work is not the
 * same each time.
 */
export async function measure(machine, work, count) {
	for (let turn = 0; turn < WARM_UPS; turn += 1) await reading(machine, work, count);
	const [one, two, three] = [
		await reading(machine, work, count),
		await reading(machine, work, 2 * count),
		await reading(machine, work, 3 * count),
	];
	for (const name of ["computrons", "slots", "chunkOctets"]) {
		if (three[name] - two[name] === two[name] - one[name]) continue;
		throw new Error(
			`${work}: ${name} are ${one[name]}, ${two[name]} and ${three[name]} for ${count} times, twice, thrice`,
		);
	}
	return {
		computrons: (two.computrons - one.computrons) / count,
		slots: (two.slots - one.slots) / count,
		chunkOctets: (two.chunkOctets - one.chunkOctets) / count,
		stackSlots: three.stackSlots,
	};
}

/** The meter after the work was done `count` times from an empty heap. */
async function reading(machine, work, count) {
	// Each script is the same but for the digits of the count, and keeps what it has found for the next one to tell.
	const before = await machine.evaluate("gc();");
	const after = await machine.evaluate(`(() => {
		const work = ${work};
		const chunks = chunkLength();
		stackDepth();
		work(${count});
		globalThis.measured = [stackDepth(), chunkLength() - chunks];
	})();`);
	const { result } = await machine.evaluate("new TextEncoder().encode(JSON.stringify(measured)).buffer");
	const [stackSlots, chunkOctets] = JSON.parse(result);
	return { computrons: after.computrons, slots: after.slots - before.slots, chunkOctets, stackSlots };
}
