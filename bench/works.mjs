// What is measured over sockets: each work with its requests and its peers. For run.mjs.

/** As many clients as the default limits serve at once. */
const CONNECTIONS = 6;

const HTTP = "node:http";
const NET = "node:net";
const MEBIBYTE = 1_048_576;
/** As the parsing of a browser's head is counted: one for each request. */
const EACH = { unit: "requests/s", weight: 1 };
/** Octets of content in a request or a response: a MB is a million of them. */
const CONTENT = { unit: "MB/s", weight: MEBIBYTE / 1e6 };

/**
 * `servers`: which process of Thimble (`thimble`, or `crowd` with a slot for each of 16 clients) and which peers; `hasCpu`:
 * whether the CPU time of a request makes rows of its own.
 */
export const WORKS = [
	{
		work: "GET, a text handler",
		server: "thimble",
		peers: [HTTP, NET],
		hasCpu: true,
		...EACH,
		round: { connections: CONNECTIONS, depth: 1, end: "length", request: { kind: "get", path: "/text" } },
	},
	{
		work: "GET, a prebuilt route",
		server: "thimble",
		peers: [HTTP, NET],
		hasCpu: true,
		...EACH,
		round: { connections: CONNECTIONS, depth: 1, end: "length", request: { kind: "get", path: "/prebuilt" } },
	},
	{
		work: "GET, 16 clients and slots",
		server: "crowd",
		peers: [HTTP, NET],
		hasCpu: false,
		...EACH,
		round: { connections: 16, depth: 1, end: "length", request: { kind: "get", path: "/text" } },
	},
	{
		work: "GET, 8 pipelined",
		server: "thimble",
		peers: [HTTP],
		hasCpu: false,
		...EACH,
		round: { connections: CONNECTIONS, depth: 8, end: "length", request: { kind: "get", path: "/text" } },
	},
	{
		work: "POST, small JSON",
		server: "thimble",
		peers: [HTTP],
		hasCpu: false,
		...EACH,
		round: { connections: CONNECTIONS, depth: 1, end: "length", request: { kind: "json", path: "/json" } },
	},
	{
		work: "PUT, 1 MiB in chunks of 16 KiB",
		server: "thimble",
		peers: [HTTP],
		hasCpu: false,
		...CONTENT,
		round: {
			connections: 2,
			depth: 1,
			end: "length",
			request: { kind: "upload", path: "/upload", length: MEBIBYTE, chunkLength: 16_384 },
		},
	},
	{
		work: "GET, 1 MiB streamed",
		server: "thimble",
		peers: [HTTP],
		hasCpu: false,
		...CONTENT,
		round: { connections: 2, depth: 1, end: "chunk", request: { kind: "get", path: "/stream" } },
	},
];
