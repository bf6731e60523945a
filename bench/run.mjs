// `npm run bench`: the same work done by Thimble and by its peers, side by side, in one run.
//
//     npm run bench                    everything, in about two minutes
//     npm run bench -- --json FILE     writes {rows: [{work, value, unit, peer, peerValue, ratio}]} as well
//     npm run bench -- --only WORD     only the works with this in their names
//     npm run bench -- --quick         rounds so short that their figures mean little
//
// Every server, every parser and the clients are a process of their own. The contenders take turns in short rounds, so
// that whatever disturbs the machine disturbs all of them; a figure is the median of its rounds, the first one not counted.

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { bundle } from "./bundle.mjs";
import { Child } from "./child.mjs";
import { PARSERS } from "./parsers.mjs";
import { median, row, table } from "./report.mjs";
import { BROWSER_HEAD_LENGTH } from "./requests.mjs";
import { WORKS } from "./works.mjs";

const { values: options } = parseArgs({
	options: {
		json: { type: "string" },
		only: { type: "string", default: "" },
		quick: { type: "boolean", default: false },
	},
});
const TIMES = options.quick
	? { socketRounds: 1, socketMs: 100, parseRounds: 9, parseMs: 40 }
	: { socketRounds: 9, socketMs: 600, parseRounds: 41, parseMs: 80 };

const children = [];

function start(script, args) {
	const child = new Child(script, args);
	children.push(child);
	return child;
}

function progress(text) {
	process.stderr.write(`${text}\n`);
}

/** Lets every contender do every round, in turn; resolves to the list of each one's results, the first round left out. */
async function takeTurns(contenders, rounds, run) {
	const results = contenders.map(() => []);
	for (let round = 0; round <= rounds; round += 1) {
		for (const [index, contender] of contenders.entries()) {
			const result = await run(contender);
			if (round > 0) results[index].push(result);
		}
	}
	return results;
}

const PARSE_WORK = `parse a browser's head of ${BROWSER_HEAD_LENGTH} octets`;

async function benchParsers(file) {
	progress(`${PARSE_WORK} …`);
	const names = Object.keys(PARSERS);
	const workers = [];
	for (const name of names) {
		const worker = start("parse-worker.mjs", [name, file]);
		await worker.ask();
		workers.push(worker);
	}
	const results = await takeTurns(workers, TIMES.parseRounds, (worker) => worker.ask({ ms: TIMES.parseMs }));
	for (const worker of workers) worker.end();
	const [own, ...others] = results.map((rounds) => median(rounds.map(({ value }) => value)));
	return others.map((value, index) => row(PARSE_WORK, "ns", own, names[index + 1], value));
}

/** Starts each server once; resolves to `{child, port}` by name. */
async function startServers(file) {
	const servers = {};
	const kinds = [
		["thimble", "thimble", {}],
		["crowd", "thimble", { connections: 16 }],
		["node:http", "node:http", {}],
		["node:net", "node:net", {}],
	];
	for (const [name, kind, limits] of kinds) {
		const child = start("server-process.mjs", [kind, file, JSON.stringify(limits)]);
		servers[name] = { child, port: (await child.ask()).port };
	}
	return servers;
}

async function benchServers(works, file) {
	const servers = await startServers(file);
	const clients = start("load.mjs", []);
	await clients.ask();
	const rows = [];
	for (const work of works) {
		progress(`${work.work} …`);
		const contenders = [work.server, ...work.peers].map((name) => servers[name]);
		const results = await takeTurns(contenders, TIMES.socketRounds, async ({ child, port }) => {
			const before = (await child.ask({})).cpuUs;
			const { count, seconds } = await clients.ask({ ...work.round, port, ms: TIMES.socketMs });
			const cpuUs = (await child.ask({})).cpuUs - before;
			if (count === 0) throw new Error(`${work.work}: not one answer in ${seconds} s`);
			return { rate: (count * work.weight) / seconds, cpuUs: cpuUs / count };
		});
		const [own, ...others] = results.map((rounds) => ({
			rate: median(rounds.map(({ rate }) => rate)),
			cpuUs: median(rounds.map(({ cpuUs }) => cpuUs)),
		}));
		rows.push(...others.map(({ rate }, index) => row(work.work, work.unit, own.rate, work.peers[index], rate)));
		if (!work.hasCpu) continue;
		const name = `${work.work}: CPU time of the server`;
		rows.push(...others.map(({ cpuUs }, index) => row(name, "µs", own.cpuUs, work.peers[index], cpuUs)));
	}
	return rows;
}

const bundled = await bundle();
try {
	const rows = [];
	const works = WORKS.filter(({ work }) => work.includes(options.only));
	if (works.length > 0) rows.push(...(await benchServers(works, bundled.file)));
	if (PARSE_WORK.includes(options.only)) rows.push(...(await benchParsers(bundled.file)));
	if (rows.length === 0) throw new Error(`no work has "${options.only}" in its name`);
	console.log(table(rows));
	if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ rows }, null, "\t")}\n`);
} finally {
	for (const child of children) child.end();
	bundled.remove();
}
