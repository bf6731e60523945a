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
	return costOf(await readings(machine, work, count), work, count);
}

/** Computrons may differ by one in so many between the first N times and the second. */
const DRIFT_MAX = 10_000;

/**
 * What a piece of work costs more than another, which is the same but for a part of it; the stack is that of the first.
 * Neither has to be the same each time, as long as the difference is.
 * @param {XsMachine} machine
 * @param {string} work
 * @param {string} other
 * @param {number} count N, as for `measure`.
 * @returns {Promise<{difference: XsCost, other: XsCost}>} `other`: on the average.
 */
export async function measureDifference(machine, work, other, count) {
	const own = await readings(machine, work, count);
	const others = await readings(machine, other, count);
	const differences = own.map((reading, index) => ({
		computrons: reading.computrons - others[index].computrons,
		slots: reading.slots - others[index].slots,
		chunkOctets: reading.chunkOctets - others[index].chunkOctets,
		stackSlots: reading.stackSlots,
	}));
	return {
		difference: costOf(differences, `${work} less ${other}`, count),
		other: average(others, count),
	};
}

/** The meter for N, 2N and 3N times. */
async function readings(machine, work, count) {
	for (let turn = 0; turn < WARM_UPS; turn += 1) await reading(machine, work, count);
	return [
		await reading(machine, work, count),
		await reading(machine, work, 2 * count),
		await reading(machine, work, 3 * count),
	];
}

function costOf([one, two, three], work, count) {
	for (const name of ["computrons", "slots", "chunkOctets"]) {
		const [first, second] = [two[name] - one[name], three[name] - two[name]];
		// What a server remembers of its clients it tries ever more rarely: a few byte codes in a million are not the same.
		const isSame = name === "computrons" ? Math.abs(second - first) * DRIFT_MAX <= Math.abs(first) : second === first;
		if (isSame) continue;
		throw new Error(
			`${work}: ${name} are ${one[name]}, ${two[name]} and ${three[name]} for ${count} times, twice, thrice`,
		);
	}
	return average([one, two, three], count);
}

function average([one, , three], count) {
	return {
		computrons: (three.computrons - one.computrons) / (2 * count),
		slots: (three.slots - one.slots) / (2 * count),
		chunkOctets: (three.chunkOctets - one.chunkOctets) / (2 * count),
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
