// What a server costs on the heap of XS while it serves nobody: all of it at 1, 4 and 8 connections, and object by object.
// For `npm run bench:xs` and the ceilings in the tests; run as a program, it prints a table.

import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { findEngine } from "../test/xs/engine.mjs";
import { XsMachine } from "../test/xs/machine.mjs";

/** On a 32-bit device. */
export const SLOT_LENGTH = 16;
/** The connections of the servers that are measured. */
export const CONNECTIONS = [1, 4, 8];

/** How many objects of a class are made to see what one costs. */
const COUNT = 10;

/**
 * @typedef {object} HeapRow
 * @property {string} what
 * @property {number} slots Heap slots. An object's own, without those of the objects it makes that have a row themselves.
 * @property {number} bufferLength Octets of the server's buffers; 0 in the row of an object.
 */

/**
 * Measures on a machine of its own. The app is not counted, which lies in flash, and neither are the platform's objects.
 * @returns {Promise<HeapRow[]>} For each of CONNECTIONS `server, N connections`; `each further connection`; then objects.
 */
export async function measureHeap() {
	const machine = new XsMachine(findEngine().worker);
	try {
		await machine.evaluate(await bundle());
		const { parts, buffers } = await json(machine, "({ parts: heap.parts, buffers: heap.bufferLengths })");
		const rows = [];
		for (const connections of CONNECTIONS) {
			const slots = await slotsOf(machine, `heap.makeServer(${connections})`);
			rows.push({ what: `server, ${connections} connections`, slots, bufferLength: buffers[connections] });
		}
		const [, four, eight] = rows;
		const further = (name) => (eight[name] - four[name]) / (CONNECTIONS[2] - CONNECTIONS[1]);
		rows.push({ what: "each further connection", slots: further("slots"), bufferLength: further("bufferLength") });
		const whole = new Map();
		for (const [name] of parts) {
			const one = await slotsOf(machine, `heap.make(${JSON.stringify(name)}, 1)`);
			const many = await slotsOf(machine, `heap.make(${JSON.stringify(name)}, ${1 + COUNT})`);
			whole.set(name, (many - one) / COUNT);
		}
		for (const [name, made] of parts) {
			const slots = made.reduce((rest, part) => rest - whole.get(part), whole.get(name));
			rows.push({ what: name, slots, bufferLength: 0 });
		}
		return rows;
	} finally {
		await machine.close();
	}
}

/** The slots that are held once the script has run. */
async function slotsOf(machine, script) {
	// What the engine makes for the first call of anything is made before.
	await machine.evaluate(script);
	await machine.evaluate("heap.drop()");
	const before = await reading(machine);
	await machine.evaluate(script);
	const after = await reading(machine);
	await machine.evaluate("heap.drop()");
	return after - before;
}

/** Slots in use without garbage. */
async function reading(machine) {
	await machine.evaluate("gc()");
	// The garbage of that script itself.
	const { slots } = await machine.evaluate("gc()");
	return slots;
}

async function json(machine, expression) {
	const { result } = await machine.evaluate(`new TextEncoder().encode(JSON.stringify(${expression})).buffer`);
	return JSON.parse(result);
}

/** A script that leaves the exports of xs-heap-entry.ts in the global `heap`. */
async function bundle() {
	const result = await build({
		entryPoints: [fileURLToPath(new URL("xs-heap-entry.ts", import.meta.url))],
		bundle: true,
		write: false,
		format: "iife",
		globalName: "heap",
		target: "es2022",
		banner: { js: '"use strict";' },
		footer: { js: "globalThis.heap = heap;" },
		platform: "neutral",
		logLevel: "error",
	});
	return result.outputFiles[0]?.text ?? "";
}

if (argv[1] === fileURLToPath(import.meta.url)) {
	const rows = await measureHeap();
	for (const { what, slots, bufferLength } of rows) {
		const octets = bufferLength === 0 ? "" : `${slots * SLOT_LENGTH + bufferLength} octets with its buffers`;
		console.log(`${what.padEnd(28)}${String(slots).padStart(6)} slots  ${octets}`.trimEnd());
	}
}
