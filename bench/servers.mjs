// The servers that are compared, each as a function that listens on 127.0.0.1 and resolves to its port. They do the same
// work in the way their documentation shows it. For server-process.mjs.

import { createServer as createHttpServer } from "node:http";
import { createServer as createNetServer } from "node:net";

const TEXT = "Hello from the device!\n";
const TEXT_TYPE = "text/plain;charset=utf-8";
/** What the streamed response is made of. */
const STREAM_LENGTH = 1_048_576;
const PIECE = Buffer.alloc(16_384, "x");

/**
 * Thimble with its default limits and every check on. `bundle`: what bundle.mjs has made. `connections`: in place of the
 * default limit, for the rows with more clients than a board would serve.
 */
async function thimble(bundle, { connections }) {
	const { defineApp, listen, prebuild, wholeContent } = await import(bundle);
	const app = defineApp({
		fields: ["Accept-Language", "Cookie"],
		limits: connections === undefined ? {} : { connections },
		routes: {
			"GET /text": (_request, response) => {
				response.text(TEXT);
			},
			"GET /prebuilt": prebuild({ content: TEXT }),
			"POST /json": wholeContent(1024, (_request, response, content) => {
				response.json({ celsius: JSON.parse(Buffer.from(content).toString()).celsius });
			}),
			"PUT /upload": uploadRoute(),
			"GET /stream": streamRoute(),
		},
		onError: (error) => {
			console.error(error);
			process.exit(1);
		},
	});
	return new Promise((resolve) => {
		listen(app, { port: 0, address: "127.0.0.1", onListening: (server) => resolve(server.port) });
	});
}

function uploadRoute() {
	const buffer = new Uint8Array(4096);
	return {
		contentLengthMax: Number.POSITIVE_INFINITY,
		onRequest: (request) => {
			request.state = 0;
		},
		onReadable: (request, response, count) => {
			if (count === 0) response.text(`${request.state}\n`);
			else for (let read = request.read(buffer); read > 0; read = request.read(buffer)) request.state += read;
		},
	};
}

function streamRoute() {
	return {
		onRequest: (request, response) => {
			request.state = STREAM_LENGTH;
			response.begin();
		},
		onWritable: (request, response, room) => {
			const count = Math.min(room, request.state, PIECE.length);
			response.write(PIECE, 0, count);
			request.state -= count;
			if (request.state === 0) response.end();
		},
	};
}

/** node:http with its defaults. Content-Length is given, which is the quickest way it has. */
async function nodeHttp() {
	const text = Buffer.from(TEXT);
	const fields = { "Content-Type": TEXT_TYPE, "Content-Length": text.length };
	const routes = {
		"GET /text": (_request, response) => {
			response.writeHead(200, fields);
			response.end(text);
		},
		"POST /json": (request, response) => {
			const pieces = [];
			request.on("data", (piece) => pieces.push(piece));
			request.on("end", () => {
				const content = JSON.stringify({ celsius: JSON.parse(Buffer.concat(pieces).toString()).celsius });
				response.writeHead(200, { "Content-Type": "application/json", "Content-Length": content.length });
				response.end(content);
			});
		},
		"PUT /upload": (request, response) => {
			let length = 0;
			request.on("data", (piece) => {
				length += piece.length;
			});
			request.on("end", () => response.end(`${length}\n`));
		},
		"GET /stream": (_request, response) => {
			let missing = STREAM_LENGTH;
			const write = () => {
				while (missing > 0) {
					missing -= PIECE.length;
					if (!response.write(PIECE)) return void response.once("drain", write);
				}
				response.end();
			};
			write();
		},
	};
	routes["GET /prebuilt"] = routes["GET /text"];
	return listening(
		createHttpServer((request, response) => {
			const query = request.url.indexOf("?");
			const path = query < 0 ? request.url : request.url.slice(0, query);
			const route = routes[`${request.method} ${path}`];
			if (route !== undefined) return route(request, response);
			response.statusCode = 404;
			response.end();
		}),
	);
}

/**
 * The least a server on node:net can do: it reads nothing, counts that a segment is a request, and answers the octets
 * that Thimble would, Date included. Nothing on node:net can be quicker.
 */
async function nodeNet() {
	let date = "";
	let answer = "";
	const answered = () => {
		const now = new Date().toUTCString();
		if (now !== date) {
			date = now;
			const fields = `Content-Type: ${TEXT_TYPE}\r\nContent-Length: ${TEXT.length}\r\nDate: ${date}\r\n`;
			answer = `HTTP/1.1 200 OK\r\n${fields}\r\n${TEXT}`;
		}
		return answer;
	};
	setInterval(answered, 250).unref();
	answered();
	return listening(
		createNetServer({ noDelay: true }, (socket) => {
			socket.on("data", () => socket.write(answer, "latin1"));
			socket.on("error", () => socket.destroy());
		}),
	);
}

function listening(server) {
	return new Promise((resolve, reject) => {
		server.on("error", reject);
		server.listen(0, "127.0.0.1", () => resolve(server.address().port));
	});
}

export const SERVERS = { thimble, "node:http": nodeHttp, "node:net": nodeNet };
