// node tools/boards.mjs [--write]: what a server costs on each board under the limits of manifests/manifest_limits.json: our own
// count of its buffers, and what `listen` takes of the engine, measured on XS (test/xs). Prints the table of docs/firmware.md;
// with --write puts it there.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { buildEngine } from "../test/xs/engine.mjs";
import { XsMachine } from "../test/xs/machine.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = join(root, "docs", "firmware.md");
const START = "<!-- made by tools/boards.mjs -->\n";
const END = "<!-- end -->\n";

/** How much of what the engine has a server may take: the rest is the app's, and the stack. */
const SHARE_MAX = 0.6;

/** A heap slot of a 32-bit device, in octets. */
const SLOT_LENGTH = 16;

/**
 * `key`: in manifest_limits.json. `engine`: what the SDK's targets give it ("creation" in build/devices). `lwip`: what lwIP may
 * hold of one connection, both ways (docs/firmware.md says where that stands).
 */
const BOARDS = [
	{
		name: "`esp32/…` (ESP32)",
		key: "esp32",
		engine: "78,848 + 4,928 slots",
		engineLength: 78_848 + 4928 * SLOT_LENGTH,
		lwip: "16,384",
	},
	{
		name: "`esp32/…` (S2, S3, C6)",
		key: "esp32",
		engine: "78,848 + 4,928 slots",
		engineLength: 78_848 + 4928 * SLOT_LENGTH,
		lwip: "11,488",
	},
	{
		name: "`esp32/esp32c3` and the other C3 boards",
		key: "esp32/esp32c3",
		engine: "94,208",
		engineLength: 94_208,
		lwip: "11,488",
	},
	{ name: "`esp/…` (ESP8266)", key: "esp", engine: "32,768", engineLength: 32_768, lwip: "8,760" },
	{ name: "`pico/pico_w`, `pico/pico_2_w`", key: "pico", engine: "131,072", engineLength: 131_072, lwip: "see below" },
	{ name: "`lin`, `mac`, `win`", key: "...", engine: "grows", engineLength: Number.POSITIVE_INFINITY, lwip: "none" },
];

/**
 * What runs on XS: makes a server on sockets that take nothing, as what the SDK's own objects take is none of ours, and tells its
 * memory's cost.
 */
const SCRIPT = `
	import { ModdablePlatform } from "./platform/moddable/platform.js";
	import { defineApp } from "./src/app/app.js";
	import { memoryCost } from "./src/server/memory.js";
	import { Server } from "./src/server/server.js";

	class TCP {}
	class Listener {
		get port() {
			return 80;
		}
	}
	const TIMER = {};
	const Timer = { set: () => TIMER, schedule() {} };
	const Time = { ticks: 0 };
	/** They lie in flash, as those of listen do (platform/moddable/listen.ts). */
	const SOCKETS = { Listener, TCP, Timer, Time };

	export function define(limits) {
		const app = defineApp({ limits, routes: { "GET /": (_request, response) => response.text("hello") } });
		return { app, cost: memoryCost(app.limits).totalLength, limits: app.limits };
	}

	export function listen({ app }) {
		const { receiveLength, sendLength } = app.limits;
		const bufferLength = Math.max(receiveLength, sendLength);
		const platform = new ModdablePlatform(SOCKETS, { bufferLength });
		const server = new Server(app, platform, { port: 80 });
		server.reopen();
		return server;
	}
`;

async function bundle() {
	const result = await build({
		stdin: { contents: SCRIPT, resolveDir: root, loader: "ts" },
		bundle: true,
		write: false,
		format: "iife",
		globalName: "boards",
		target: "es2022",
		platform: "neutral",
		inject: [join(root, "test/xs/text-coders.ts")],
		footer: { js: "globalThis.boards = boards;" },
	});
	return result.outputFiles[0].text;
}

async function read(machine, script) {
	const { result } = await machine.evaluate(`new TextEncoder().encode(JSON.stringify(${script})).buffer`);
	return JSON.parse(result);
}

/** What `listen` takes with these limits: heap slots, and octets of chunks. */
async function measure(worker, script, given) {
	const machine = new XsMachine(worker);
	try {
		await machine.evaluate(script);
		// Once for whatever the first server leaves in the engine.
		await machine.evaluate(`boards.listen(boards.define(${JSON.stringify(given)})); undefined`);
		await machine.evaluate(`globalThis.defined = boards.define(${JSON.stringify(given)}); undefined`);
		const { cost, limits } = await read(machine, "{ cost: defined.cost, limits: defined.limits }");
		const before = await machine.evaluate("gc(); globalThis.chunks = chunkLength(); undefined");
		await machine.evaluate("globalThis.server = boards.listen(defined); undefined");
		const after = await machine.evaluate("gc(); globalThis.taken = chunkLength() - chunks; undefined");
		return { cost, limits, slots: after.slots - before.slots, chunkLength: await read(machine, "taken") };
	} finally {
		await machine.close();
	}
}

function number(value) {
	return value.toLocaleString("en");
}

/**
 * A row of the table.
 * @typedef {object} BoardRow
 * @property {string} key Of the board, in manifest_limits.json.
 * @property {number} connections
 * @property {number} octets What `listen` takes of the engine: heap slots and chunks.
 * @property {string} line The row itself.
 */

/**
 * Measures each board. Throws Error when one of them would be left with too little.
 * @param {string} worker The engine.
 * @returns {Promise<BoardRow[]>}
 */
export async function measureBoards(worker) {
	const { platforms } = JSON.parse(readFileSync(join(root, "manifests", "manifest_limits.json"), "utf8"));
	const script = await bundle();
	const rows = [];
	for (const { name, key, engine: has, engineLength, lwip } of BOARDS) {
		const { cost, limits, slots, chunkLength } = await measure(worker, script, platforms[key].config.thimble);
		const { connections, receiveLength, sendLength } = limits;
		const buffers = `${number(receiveLength)} + ${number(sendLength)}`;
		const octets = slots * SLOT_LENGTH + chunkLength;
		if (octets > SHARE_MAX * engineLength) throw new Error(`${key}: ${octets} octets are too many for ${engineLength}`);
		const cells = [name, connections, buffers, number(cost), number(slots), number(octets), has, lwip];
		rows.push({ key, connections, octets, line: `| ${cells.join(" | ")} |` });
	}
	return rows;
}

/** @param {readonly BoardRow[]} rows */
function tableOf(rows) {
	const head = [
		"| `-p` | connections | buffers | `memoryCost` | engine: slots | engine: octets of it all | the engine has | a connection in lwIP, at most |",
		"|---|---:|---|---:|---:|---:|---|---:|",
	];
	return `${[...head, ...rows.map(({ line }) => line)].join("\n")}\n`;
}

/**
 * docs/firmware.md with the table of these rows in it.
 * @param {string} text
 * @param {readonly BoardRow[]} rows
 */
export function withBoards(text, rows) {
	const start = text.indexOf(START) + START.length;
	const end = text.indexOf(END);
	if (start < START.length || end < start) throw new Error(`${page} has no place for the table`);
	return `${text.slice(0, start)}\n${tableOf(rows)}\n${text.slice(end)}`;
}

if (argv[1] === fileURLToPath(import.meta.url)) {
	const engine = await buildEngine((line) => console.error(line));
	const rows = await measureBoards(engine.worker);
	console.log(tableOf(rows));
	if (argv.includes("--write")) writeFileSync(page, withBoards(readFileSync(page, "utf8"), rows));
}
