// What `npm run bench:xs` runs on XS: bundled by xs-bundle.mjs, called by xs-rows.mjs. Work is prepared as functions that do
// it so often; what is held, as functions that begin to hold it and return what has to be kept.

import { completeLimits, headOptions } from "../src/limits.js";
import { FieldRegistry } from "../src/message/field-registry.js";
import { contentFraming } from "../src/message/framing.js";
import { HEAD_COMPLETE, Head } from "../src/message/head.js";
import { ReceiveBuffer } from "../src/message/receive-buffer.js";
import { type LongResult, LongRun } from "./xs-long.js";
import { STANDING } from "./xs-null-reader.js";
import { ScriptedConnection } from "./xs-script.js";
import {
	holdNull,
	holdServer,
	isFaithful,
	playIdle,
	playNothing,
	playNull,
	playServer,
	record,
	type Work,
} from "./xs-stage.js";
import { LIMITS, NEW_HEADS, reading } from "./xs-traffic.js";
import { crowd, WORKS } from "./xs-works.js";

// A clock that goes would make one run another than the next: the Date field is written anew each second.
Date.now = STANDING.now;

type Often = (count: number) => void;

function often(turn: () => void): Often {
	return (count) => {
		for (let index = 0; index < count; index += 1) turn();
	};
}

function workOf(name: string): Work {
	const work = WORKS[name];
	if (work === undefined) throw new Error(`there is no work named ${name}`);
	return work;
}

/** A work's turns: with the server, with the null reader, what of that is the player's own, and calls of nothing. */
export function prepare(name: string): Readonly<Record<"server" | "reader" | "player" | "nothing", Often>> {
	const work = workOf(name);
	const recording = record(work);
	return {
		server: often(playServer(work)),
		reader: often(playNull(work, recording)),
		player: often(playIdle(recording)),
		nothing: often(playNothing(recording)),
	};
}

/** What clients receive in a turn of a work, and whether the null reader calls what the server called. */
export function check(name: string): { readonly seen: readonly string[]; readonly isFaithful: boolean } {
	const work = workOf(name);
	const recording = record(work);
	return { seen: recording.seen, isFaithful: isFaithful(work, recording) };
}

/** A server of `connections`, `open` of them open and idle, and the null reader in its place. */
export function prepareHeld(connections: number, open: number): Readonly<Record<"server" | "reader", () => unknown>> {
	const work = crowd(connections, open);
	return { server: holdServer(work), reader: holdNull(work, record(work)) };
}

/** New heads on sockets that do next to nothing: a request, an acknowledgement, and neither. */
export function prepareScript(): Readonly<Record<"request" | "acknowledgement" | "nothing", Often>> {
	const connection = new ScriptedConnection(NEW_HEADS);
	return {
		request: often(() => connection.receive()),
		acknowledgement: often(() => connection.acknowledge()),
		nothing: often(() => connection.nothing()),
	};
}

/** What a connection does with a head, whole: read it and decide on its content. A turn reads each once. */
export function prepareParse(): Readonly<Record<"parse" | "nothing", Often>> {
	const limits = completeLimits(LIMITS);
	const base = limits.rememberedLength;
	const octets = new Uint8Array(limits.receiveLength);
	const buffer = new ReceiveBuffer(octets, base, limits.receiveLength - base, 0);
	const head = new Head(buffer, 1, new FieldRegistry([]), headOptions(limits, false, false));
	const receive = (octets: Uint8Array) => {
		buffer.octets.set(octets, buffer.received);
		buffer.received += octets.length;
	};
	return {
		parse: often(() => {
			for (let index = 0; index < NEW_HEADS.length; index += 1) {
				receive(NEW_HEADS[index] as Uint8Array);
				head.begin();
				if (head.read() !== HEAD_COMPLETE || contentFraming(head) !== 0) throw new Error("the head was not read");
				buffer.clear();
			}
		}),
		nothing: often(() => {
			for (let index = 0; index < NEW_HEADS.length; index += 1) {
				receive(NEW_HEADS[index] as Uint8Array);
				buffer.clear();
			}
		}),
	};
}

/** What the JSON route leaves to the language: its literal, and `JSON.stringify`. */
export function prepareLiteral(): Readonly<Record<"literal" | "nothing", Often>> {
	let celsius = 0;
	return {
		literal: often(() => {
			celsius = (celsius + 1) & 15;
			JSON.stringify(reading(celsius));
		}),
		nothing: often(() => {
			celsius = (celsius + 1) & 15;
		}),
	};
}

let long: LongRun | null = null;

/** Begins a long run. */
export function beginLong(seed: number): void {
	long = new LongRun(seed);
}

/** Goes on with it: so many requests. */
export function goOn(count: number): LongResult | undefined {
	return long?.run(count);
}
