// An upload of firmware on XS, piece by piece and request by request. For test/xs-heap.test.ts.

import { defineApp } from "../../src/index.js";
import { type FlashStorage, openUpdateIn, type Updates } from "../../src/update-sink.js";
import { uploads } from "../../src/uploads/index.js";
import { octetsOf } from "../support/octets.js";
import { OneConnection } from "./one-connection.js";

/** How many octets the flash was given, and in how many writes. */
const flash = { length: 0, writes: 0 };

const storage: FlashStorage = { open: () => ({ status: () => ({ size: 2 ** 40 }), close: () => {} }) };
const updates: Updates = {
	open: () => ({
		write: (octets) => {
			flash.length += octets.length;
			flash.writes += 1;
		},
		complete: () => {},
		close: () => {},
	}),
};

const app = defineApp({
	limits: { connections: 1, receiveLength: 1024 },
	routes: uploads("/firmware", {
		lengthMax: Number.POSITIVE_INFINITY,
		random: (octets) => void octets.fill(0xab),
		sink: (_request, length) => openUpdateIn(storage, updates, length),
	}),
});

const LINES = "Host: a\r\nTus-Resumable: 1.0.0\r\n";
const PATH = `/firmware/${"ab".repeat(8)}`;
const PATCH = `PATCH ${PATH} HTTP/1.1\r\n${LINES}Upload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n`;
const LENGTH = 2 ** 40;

const requests = {
	head: octetsOf(`HEAD ${PATH} HTTP/1.1\r\n${LINES}\r\n`),
	patch: octetsOf(`${PATCH}Content-Length: 0\r\n\r\n`),
	missing: octetsOf(`HEAD /firmware/0 HTTP/1.1\r\n${LINES}\r\n`),
} as const;

const connection = new OneConnection(app);
const piece = new Uint8Array(512).fill(0xe9);

/** Creates the upload that the others are about. */
export function createUpload(): void {
	const octets = octetsOf(`POST /firmware HTTP/1.1\r\n${LINES}Upload-Length: ${LENGTH}\r\n\r\n`);
	if (!connection.arrive(octets)) throw new Error("there was no answer");
}

/** Sends a request so often. */
export function uploadRequest(name: keyof typeof requests, count: number): void {
	for (let index = 0; index < count; index += 1) {
		if (!connection.arrive(requests[name])) throw new Error("there was no answer");
	}
}

/** Begins a request that brings all octets. */
export function beginUpload(): void {
	connection.arrive(octetsOf(`${PATCH}Content-Length: ${LENGTH}\r\n\r\n`));
}

/** Brings so many pieces of it. */
export function uploadPieces(count: number): void {
	for (let index = 0; index < count; index += 1) connection.arrive(piece);
}

/** Throws Error unless the flash was given all of many pieces, in whole buffers. */
export function checkFlash(): void {
	const { length, writes } = flash;
	if (writes < 60 || length !== writes * 1024) throw new Error(`${length} octets in ${writes} writes`);
}
