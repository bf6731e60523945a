// An app with one of each: for the tests of the simulation.

import { defineApp, type Request } from "../../src/index.js";

interface Upload {
	length: number;
	isOver: boolean;
	error: unknown;
}

/** What was told of uploads, newest last. */
export const uploads: Upload[] = [];

const piece = new Uint8Array(256);

function uploadOf(request: Request): Upload {
	return request.state as Upload;
}

export const app = defineApp({
	routes: {
		"GET /": (_request, response) => {
			response.text("hello\n");
		},
		"GET /wait": (_request, response) => {
			const ticket = response.defer();
			setTimeout(() => ticket.response?.text("later\n"), 4000);
		},
		"GET /promise": async (_request, response) => {
			await new Promise<void>((resolve) => setTimeout(resolve, 3000));
			response.text("promised\n");
		},
		"GET /throw": () => {
			throw new Error("a handler's own fault");
		},
		"GET /throw-later": (_request, response) => {
			response.defer();
			setTimeout(() => {
				throw new Error("a timer's own fault");
			}, 10);
		},
		"GET /now": (_request, response) => {
			response.json({ date: new Date().toISOString(), now: Date.now() });
		},
		"GET /long": {
			onRequest: (_request, response) => {
				response.begin();
			},
			onWritable: (_request, response, room) => {
				response.write("x".repeat(room));
			},
		},
		"GET /big": (_request, response) => {
			response.octets(new Uint8Array(120_000).fill(0x62));
		},
		"PUT /upload": {
			contentLengthMax: 1_000_000,
			onRequest: (request) => {
				const upload: Upload = { length: 0, isOver: false, error: null };
				uploads.push(upload);
				request.state = upload;
			},
			onReadable: (request, response, count) => {
				const upload = uploadOf(request);
				for (let length = request.read(piece); length > 0; length = request.read(piece)) upload.length += length;
				if (count === 0) response.json(upload.length);
			},
			onDone: (request) => {
				uploadOf(request).isOver = true;
			},
			onError: (request, error) => {
				uploadOf(request).error = error;
			},
		},
	},
});
