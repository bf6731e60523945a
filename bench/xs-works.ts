// The pieces of work of `npm run bench:xs`, as traffic on the double. Runs on XS.

import { VARIANTS } from "./requests.mjs";
import { CUT_PART_HEADS, KNOWN_HEADS, PART_HEADS, RESOURCE_ROUTES, SCRIPT_HEADS } from "./xs-resources.js";
import type { Stage, Traffic, Work } from "./xs-stage.js";
import {
	BROKEN_HEAD,
	CHUNKED_UPLOAD,
	JSON_HEADS,
	LATE_HEAD,
	MISSING,
	NEW_HEADS,
	REPEATED_FIELDS,
	REPEATED_HEAD,
	STRANGE_HEADS,
	STREAM_HEAD,
	UPLOAD,
} from "./xs-traffic.js";

/** Until 64 KB are through, whichever way, in virtual milliseconds. */
const STREAM_MS = 2000;

/** One connection, one request after the other. A turn sends 16, each in `count` segments. */
function requests(heads: readonly Uint8Array[], count = 1): Traffic {
	const cut = heads.map((head) => segmentsOf(head, count));
	return (stage: Stage) => {
		const client = stage.connect();
		return () => {
			for (let index = 0; index < VARIANTS; index += 1) {
				stage.send(client, cut[index % cut.length] as readonly Uint8Array[]);
			}
		};
	};
}

function segmentsOf(octets: Uint8Array, count: number): readonly Uint8Array[] {
	return Array.from({ length: count }, (_, index) =>
		octets.slice(Math.floor((index * octets.length) / count), Math.floor(((index + 1) * octets.length) / count)),
	);
}

/** A connection for each turn, with what `use` sends over it. */
function connections(heads: readonly Uint8Array[]): Traffic {
	return (stage) => {
		let next = 0;
		return () => {
			const client = stage.connect();
			const head = heads[next];
			next = next + 1 === heads.length ? 0 : next + 1;
			if (head !== undefined) stage.send(client, [head]);
			stage.close(client);
		};
	};
}

/** One connection, over which the same goes in every turn. */
function streams(octets: Uint8Array): Traffic {
	return (stage) => {
		const client = stage.connect();
		return () => stage.stream(client, octets, STREAM_MS);
	};
}

/** One connection, one request after the other, each for content of many segments. A turn sends 16. */
function downloads(heads: readonly Uint8Array[]): Traffic {
	return (stage) => {
		const client = stage.connect();
		return () => {
			for (let index = 0; index < VARIANTS; index += 1) {
				stage.stream(client, heads[index % heads.length] as Uint8Array, STREAM_MS);
			}
		};
	};
}

/** Each turn a client comes while the only slot is busy with somebody else, and nobody may wait. */
function refusals(stage: Stage): () => void {
	const busy = stage.connect();
	stage.send(busy, [LATE_HEAD]);
	return () => {
		const client = stage.connect();
		stage.forget(client);
		stage.close(client);
	};
}

/** A browser's head that is new each time, first on its connection; a turn is one connection. */
function firsts(heads: readonly Uint8Array[]): Traffic {
	return (stage) => {
		const one = connections(heads)(stage);
		return () => {
			for (let index = 0; index < VARIANTS; index += 1) one();
		};
	};
}

/** A second in which nothing comes over an open connection. */
function idle(stage: Stage): () => void {
	const client = stage.connect();
	stage.send(client, REPEATED_HEAD);
	return () => stage.network.advance(1000);
}

export const WORKS: Readonly<Record<string, Work>> = {
	newHead: { traffic: requests(NEW_HEADS) },
	repeatedHead: { traffic: requests(REPEATED_HEAD) },
	repeatedFields: { traffic: requests(REPEATED_FIELDS) },
	strangeHead: { traffic: requests(STRANGE_HEADS) },
	firstHead: { traffic: firsts(NEW_HEADS) },
	twoSegments: { traffic: requests(NEW_HEADS, 2) },
	fourSegments: { traffic: requests(NEW_HEADS, 4) },
	eightSegments: { traffic: requests(NEW_HEADS, 8) },
	json: { traffic: requests(JSON_HEADS) },
	missing: { traffic: requests(MISSING) },
	download: { traffic: streams(STREAM_HEAD) },
	upload: { traffic: streams(UPLOAD) },
	chunkedUpload: { traffic: streams(CHUNKED_UPLOAD) },
	script: { traffic: downloads(SCRIPT_HEADS), routes: RESOURCE_ROUTES },
	known: { traffic: requests(KNOWN_HEADS), routes: RESOURCE_ROUTES },
	part: { traffic: requests(PART_HEADS), routes: RESOURCE_ROUTES },
	cutPart: { traffic: downloads(CUT_PART_HEADS), routes: RESOURCE_ROUTES },
	broken: { traffic: connections([BROKEN_HEAD]) },
	connection: { traffic: connections([]) },
	idle: { traffic: idle },
	crowded: { traffic: refusals, limits: { connections: 1 }, spareConnections: 0 },
};

/** A server of so many connections, each of which is open and has served a request. Nothing comes after that. */
export function crowd(connections: number, open = connections): Work {
	return {
		limits: { connections },
		traffic: (stage) => {
			const clients = Array.from({ length: open }, () => stage.connect());
			for (const client of clients) stage.send(client, REPEATED_HEAD);
			return () => {};
		},
	};
}
