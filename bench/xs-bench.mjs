// The bench on XS, loaded: measures the works of xs-entry.ts by their names. Every figure is exact, and measured once. For
// xs-rows.mjs and the tests.

import { findEngine } from "../test/xs/engine.mjs";
import { XsMachine } from "../test/xs/machine.mjs";
import { bundleForXs, GLOBAL } from "./xs-bundle.mjs";
import { measure, measureDifference } from "./xs-meter.mjs";

/** How often a turn of traffic on the double is done, which may be a long one. */
const TURNS = 3;
/** How often anything else is done: a multiple of what repeats. */
const TIMES = 16;

export class XsBench {
	#machine;
	/** What was measured, by what was asked. */
	#known = new Map();

	/** @param {XsMachine} machine */
	constructor(machine) {
		this.#machine = machine;
	}

	static async open() {
		const bench = new XsBench(new XsMachine(findEngine().worker));
		await bench.#machine.evaluate(await bundleForXs());
		return bench;
	}

	close() {
		return this.#machine.close();
	}

	/** What a call of the bundle's exports returns, as JSON. */
	async ask(call) {
		return JSON.parse(await this.#text(`JSON.stringify(${GLOBAL}.${call} ?? null)`));
	}

	async #text(expression) {
		return (await this.#machine.evaluate(`new TextEncoder().encode(${expression}).buffer`)).result;
	}

	/**
	 * A turn of traffic on the double. What the double takes is what it takes to be called the same by the null reader, whose
	 * own steps are no part of it.
	 */
	traffic(work) {
		return this.#once(`traffic ${work}`, `prepare(${JSON.stringify(work)})`, async () => {
			const { difference, other } = await this.#difference("server", "reader", TURNS);
			const player = (await this.#difference("player", "nothing", TURNS)).difference.computrons;
			return {
				...difference,
				computrons: difference.computrons + player,
				doubleComputrons: other.computrons - player,
			};
		});
	}

	/** Work without the double, less what it takes to do nothing. */
	alone(call, name) {
		return this.#once(`alone ${call} ${name}`, call, async () => {
			const { difference } = await this.#difference(name, "nothing", TIMES);
			return { ...difference, doubleComputrons: null };
		});
	}

	/** What is held by a server of so many connections, some of them open, and what it took to get there. */
	held(connections, open) {
		const call = `prepareHeld(${connections}, ${open})`;
		return this.#once(`held ${connections} ${open}`, call, async () => {
			// The engine itself keeps something the first time: names, say.
			for (const who of ["server", "reader"]) await this.#hold(who);
			await this.#prepare(call);
			const server = await this.#hold("server");
			const reader = await this.#hold("reader");
			return {
				computrons: server.computrons - reader.computrons,
				slots: server.slots - reader.slots,
				chunkOctets: server.chunkOctets - reader.chunkOctets,
				doubleComputrons: reader.computrons,
			};
		});
	}

	/** The deepest stack below whoever calls a socket's callback, as slots; on sockets whose `write` goes no deeper. */
	stack(name) {
		return this.#once(`stack ${name}`, "prepareScript()", async () => {
			const work = await measure(this.#machine, `prepared.${name}`, TIMES);
			const nothing = await measure(this.#machine, "prepared.nothing", TIMES);
			return { computrons: 0, slots: work.stackSlots - nothing.stackSlots, chunkOctets: 0, doubleComputrons: null };
		});
	}

	async #once(key, call, work) {
		const known = this.#known.get(key);
		if (known !== undefined) return known;
		await this.#prepare(call);
		const cost = await work();
		this.#known.set(key, cost);
		return cost;
	}

	#prepare(call) {
		return this.#machine.evaluate(`globalThis.prepared = ${GLOBAL}.${call}; undefined;`);
	}

	#difference(name, other, count) {
		return measureDifference(this.#machine, `prepared.${name}`, `prepared.${other}`, count);
	}

	async #hold(who) {
		const before = await this.#heap();
		const { computrons } = await this.#machine.evaluate(`globalThis.kept = prepared.${who}(); undefined;`);
		const after = await this.#heap();
		await this.#machine.evaluate("globalThis.kept = undefined;");
		return { computrons, slots: after.slots - before.slots, chunkOctets: after.chunkOctets - before.chunkOctets };
	}

	/**
	 * How much the heap has grown after so many requests on sockets that do next to nothing. Where it has grown by less than
	 * that often what one leaves, there was a collection.
	 * @param {number} count
	 */
	async growth(count) {
		await this.#prepare("prepareScript()");
		await this.#grown(TIMES);
		const [none, all] = [await this.#grown(0), await this.#grown(count)];
		return { slots: all.slots - none.slots, chunkOctets: all.chunkOctets - none.chunkOctets };
	}

	async #grown(count) {
		const before = await this.slots();
		const { slots } = await this.#machine.evaluate(
			`(() => { const chunks = chunkLength(); prepared.request(${count}); globalThis.chunks = chunkLength() - chunks; })();`,
		);
		return { slots: slots - before, chunkOctets: Number(await this.#text("String(globalThis.chunks)")) };
	}

	/** Slots in use, garbage not included. Each script that XS was given before has left some, always the same. */
	async slots() {
		await this.#machine.evaluate("gc(); undefined;");
		return (await this.#machine.evaluate("undefined;")).slots;
	}

	/** Calls one of the bundle's exports. */
	async run(call) {
		await this.#machine.evaluate(`${GLOBAL}.${call}; undefined;`);
	}

	async #heap() {
		const slots = await this.slots();
		await this.#machine.evaluate("gc(); globalThis.chunks = chunkLength(); undefined;");
		return { slots, chunkOctets: Number(await this.#text("String(globalThis.chunks)")) };
	}
}
