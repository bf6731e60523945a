// Basic (RFC 7617) and Digest (RFC 7616): who is let in, what the others are told, what cannot be sent twice, and how often
// anybody may guess.

import { describe, expect, test } from "vitest";
import { Admissions } from "../src/auth/admissions.js";
import { decodeBase64 } from "../src/auth/base64.js";
import { type AuthOptions, BasicAuth, DigestAuth, type DigestOptions, secretOf, type User } from "../src/auth/index.js";
import type { HashName } from "../src/crypto.js";
import type { Route } from "../src/index.js";
import { around, aroundAll, type Middleware } from "../src/middleware.js";
import { type Answer, ask, request, type Served, serve, statuses, sure } from "./support/exchange.js";
import { hash } from "./support/hashes.js";
import { octetsOf, textOf, toUtf8 } from "./support/octets.js";
import { VirtualPlatform } from "./support/virtual.js";

const REALM = "thimble";

function userOf(name: string, password: string, realm = REALM): User {
	return {
		name,
		sha256: secretOf(hash, "SHA-256", name, realm, password),
		md5: secretOf(hash, "MD5", name, realm, password),
	};
}

const ADA = userOf("Ada", "Open, Sesame");
const LOEW = userOf("Löw", "pass:wörd");

/** How many hashes were made. */
let hashes = 0;
const counted: AuthOptions["hash"] = (...args) => {
	hashes += 1;
	hash(...args);
};

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function base64(text: string): string {
	let encoded = "";
	for (let index = 0; index < text.length; index += 3) {
		const [a, b, c] = [0, 1, 2].map((at) => text.charCodeAt(index + at) || 0) as [number, number, number];
		const word = (a << 16) | (b << 8) | c;
		const digits = [word >> 18, (word >> 12) & 63, (word >> 6) & 63, word & 63].map((digit) => BASE64[digit]);
		const rest = text.length - index;
		encoded += digits.slice(0, Math.min(rest, 3) + 1).join("") + "=".repeat(Math.max(0, 3 - rest));
	}
	return encoded;
}

describe("Base64", () => {
	test.each(["", "f", "fo", "foo", "foob", "fooba", "foobar", "\xff\xfe\0"])("of %j", (text) => {
		const octets = octetsOf(`x${base64(text)}x`);
		const to = new Uint8Array(10);
		expect(decodeBase64(octets, 1, octets.length - 1, to)).toBe(text.length);
		expect(textOf(to.slice(0, text.length))).toBe(text);
	});

	test.each([
		"Z",
		"Zg",
		"Zg=",
		"Zm8",
		"Zg==Zg==",
		"Zh==",
		"Zm9=",
		"Z===",
		"====",
		"Zm9*",
		"Zm 9",
		"Zm9vYmFyZm9v",
		"Zm9-",
	])("%s is none, or too long", (text) => {
		expect(decodeBase64(octetsOf(text), 0, text.length, new Uint8Array(8))).toBe(-1);
	});
});

test("there are as many places for who was let in as requests are in at once", () => {
	const admissions = new Admissions();
	const served = serve({
		routes: {
			"GET /": {
				onRequest: (each, response) => response.defer() && admissions.begin(each, "Ada"),
				onError: (each) => admissions.end(each),
			},
		},
	});
	for (let index = 0; index < 9; index += 1) {
		const clients = [served.connect(), served.connect()];
		for (const client of clients) client.send(request("GET /"));
		for (const client of clients) client.reset();
	}
	expect(admissions.placeCount).toBe(2);
});

/** The milliseconds go all their way round, and a little; the date goes on. */
function goRound(platform: VirtualPlatform): void {
	platform.stall(2 ** 32 + 500);
	platform.seconds += 2 ** 32 / 1000;
}

// ---- Basic ----

function serveBasic(options: Partial<AuthOptions> = {}, platform = new VirtualPlatform()): Served {
	const auth = new BasicAuth({ realm: REALM, users: [ADA, LOEW], hash: counted, ...options });
	return serve({ routes: { "GET /": around([auth], (one, response) => response.text(auth.user(one))) } }, platform);
}

function login(served: Served, name: string, password: string, scheme = "Basic"): Answer {
	return ask(served, request("GET /", [`Authorization: ${scheme} ${base64(toUtf8(`${name}:${password}`))}`]));
}

describe("Basic", () => {
	test("lets in who knows a name and its password", () => {
		const served = serveBasic();
		expect(login(served, "Ada", "Open, Sesame")).toMatchObject({ status: 200, content: "Ada" });
		expect(login(served, "Löw", "pass:wörd")).toMatchObject({ status: 200, content: toUtf8("Löw") });
		expect(login(served, "Ada", "Open, Sesame", "bAsIc").status).toBe(200);
		expect(served.errors).toEqual([]);
	});

	test.each([
		["Ada", "open, sesame"],
		["Ada", ""],
		["ada", "Open, Sesame"],
		["Löw", "Open, Sesame"],
		["Eve", "Open, Sesame"],
		["", ""],
		["Ada:thimble", "Open, Sesame"],
	])("does not let in %j with %j", (name, password) => {
		const one = login(serveBasic(), name, password);
		expect([one.status, one.field("www-authenticate"), one.content]).toEqual([
			401,
			'Basic realm="thimble", charset="UTF-8"',
			"log in\n",
		]);
	});

	test.each([
		[],
		["Authorization: Basic"],
		["Authorization: Basic "],
		["Authorization: Basic !"],
		[`Authorization: Basic ${base64("Ada")}`],
		[`Authorization: Basic ${base64("x".repeat(192))}:`],
		[`Authorization: Basic ${base64(`${"x".repeat(300)}:y`)}`],
		[`Authorization: Bearer ${base64("Ada:Open, Sesame")}`],
		[`Authorization: Basicx ${base64("Ada:Open, Sesame")}`],
		[`Authorization: Basic ${base64("Ada:Open, Sesame")}`, `Authorization: Basic ${base64("Ada:Open, Sesame")}`],
	])("asks for a login without a hash where there is none that could be one: %s", (...lines) => {
		hashes = 0;
		const served = serveBasic();
		for (let turn = 0; turn < 10; turn += 1) expect(ask(served, request("GET /", lines)).status).toBe(401);
		expect(hashes).toBe(0);
	});

	test("keeps the users it was given, whatever becomes of the list", () => {
		const users = [ADA];
		const served = serveBasic({ users });
		users.length = 0;
		expect(login(served, "Ada", "Open, Sesame").status).toBe(200);
	});

	test("finds its users where the app says", () => {
		const served = serveBasic({ users: (name) => (name === "Ada" ? ADA : undefined) });
		expect([login(served, "Ada", "Open, Sesame").status, login(served, "Löw", "pass:wörd").status]).toEqual([200, 401]);
	});

	test("hashes for an unknown name, too", () => {
		hashes = 0;
		login(serveBasic(), "Eve", "x");
		expect(hashes).toBe(1);
	});
});

describe("guessing", () => {
	test("ends after so many wrong passwords in a row: 429 without a hash, for the right one too, until time has passed", () => {
		const served = serveBasic({ guessesMax: 3, lockMs: 1500 });
		for (let turn = 0; turn < 3; turn += 1) expect(login(served, "Ada", "x").status).toBe(401);
		hashes = 0;
		const locked = login(served, "Ada", "Open, Sesame");
		expect([locked.status, locked.field("retry-after"), hashes]).toEqual([429, "2", 0]);
		served.platform.advance(1499);
		expect(login(served, "Ada", "Open, Sesame").status).toBe(429);
		served.platform.advance(1);
		expect(login(served, "Ada", "Open, Sesame").status).toBe(200);
		expect(ask(served, request("GET /")).status).toBe(401);
	});

	test("is forgotten for good after its time, also when the clock has gone round", () => {
		const served = serveBasic({ guessesMax: 1 });
		expect(login(served, "Ada", "x").status).toBe(401);
		goRound(served.platform);
		expect(login(served, "Ada", "Open, Sesame").status).toBe(200);
	});

	test("is forgiven by a right one", () => {
		const served = serveBasic({ guessesMax: 2 });
		for (let turn = 0; turn < 5; turn += 1) {
			expect(login(served, "Ada", "x").status).toBe(401);
			expect(login(served, "Ada", "Open, Sesame").status).toBe(200);
		}
	});

	test("is counted for each address, as many as there is room for", () => {
		const served = serveBasic({ guessesMax: 1 });
		const at = (address: string, password: string) => {
			const client = served.connect((one) => {
				Object.defineProperty(one.transport, "remoteAddress", { value: address });
			});
			client.send(request("GET /", [`Authorization: Basic ${base64(`Ada:${password}`)}`]));
			const status = Number(client.received.slice(9, 12));
			client.end();
			return status;
		};
		expect([at("a", "x"), at("a", "x"), at("b", "Open, Sesame")]).toEqual([401, 429, 200]);
		// Eight are remembered; with the ninth the first is forgotten.
		for (const address of "bcdefgh") {
			served.platform.advance(1);
			expect(at(address, "x")).toBe(401);
		}
		expect([at("a", "Open, Sesame"), at("h", "Open, Sesame")]).toEqual([429, 429]);
		expect(at("i", "x")).toBe(401);
		expect([at("a", "Open, Sesame"), at("b", "Open, Sesame"), at("i", "Open, Sesame")]).toEqual([200, 429, 429]);
	});
});

// ---- Digest ----

function serveDigest(options: Partial<DigestOptions> = {}, platform = new VirtualPlatform(), limits = {}): Served {
	let next = 0;
	const random: DigestOptions["random"] = (octets) => {
		next += 1;
		octets.fill(next);
	};
	const auth = new DigestAuth({ realm: REALM, users: [ADA, LOEW], hash: counted, random, md5: true, ...options });
	const route = around([auth], (one, response) => response.text(auth.user(one)));
	return serve({ limits, routes: { "* /*rest": route } }, platform);
}

const hex = (name: HashName, text: string): string => {
	const octets = octetsOf(toUtf8(text));
	const to = new Uint8Array(name === "MD5" ? 16 : 32);
	hash(name, octets, octets.length, to);
	return [...to].map((octet) => octet.toString(16).padStart(2, "0")).join("");
};

interface Try {
	readonly name: string;
	readonly password: string;
	readonly nonce: string;
	readonly nc: string;
	readonly algorithm: HashName;
	readonly method: string;
	readonly uri: string;
	readonly cnonce: string;
	/** Parameters in place of the right ones, or undefined: left out. */
	readonly instead: Readonly<Record<string, string | undefined>>;
}

/** The Authorization line of a client. */
function digestLine(one: Try): string {
	const a1 = hex(one.algorithm, `${one.name}:${REALM}:${one.password}`);
	const a2 = hex(one.algorithm, `${one.method}:${one.uri}`);
	const response = hex(one.algorithm, `${a1}:${one.nonce}:${one.nc}:${one.cnonce}:auth:${a2}`);
	const parameters: Record<string, string | undefined> = {
		username: `"${toUtf8(one.name)}"`,
		realm: `"${REALM}"`,
		nonce: `"${one.nonce}"`,
		uri: `"${one.uri}"`,
		response: `"${response}"`,
		algorithm: one.algorithm,
		cnonce: `"${one.cnonce}"`,
		nc: one.nc,
		qop: "auth",
		...one.instead,
	};
	const pairs = Object.entries(parameters).filter(([, value]) => value !== undefined);
	return `Authorization: Digest ${pairs.map(([name, value]) => `${name}=${value}`).join(", ")}`;
}

function nonceOf(one: Answer): string {
	return sure(/nonce="([0-9a-f]{32})"/.exec(one.field("www-authenticate") ?? ""))[1] as string;
}

function isStale(one: Answer): boolean {
	return /stale=true/.test(one.field("www-authenticate") ?? "");
}

/** A client that logs in like this, with a nonce it was offered unless it has one. */
function tryDigest(served: Served, given: Partial<Try> = {}): Answer {
	const method = given.method ?? "GET";
	const uri = given.uri ?? "/a?b=c";
	const nonce = given.nonce ?? nonceOf(ask(served, request(`${method} ${uri}`)));
	const one: Try = {
		name: "Ada",
		password: "Open, Sesame",
		nc: "00000001",
		algorithm: "SHA-256",
		cnonce: "0a4f113b",
		instead: {},
		...given,
		method,
		uri,
		nonce,
	};
	return ask(served, request(`${method} ${uri}`, [digestLine(one)]));
}

describe("Digest", () => {
	test.each([
		["SHA-256", 64, "nobody"],
		["MD5", 32, "Eve"],
	] as const)(
		"does not let in who has no secret, by %s, though everybody knows what stands for it",
		(algorithm, length, name) => {
			const { md5: _none, ...eve } = userOf("Eve", "secret");
			const auth = new DigestAuth({ realm: REALM, hash, random: (octets) => octets.fill(7), md5: true, users: [eve] });
			const served = serve({ routes: { "GET /": around([auth], (_request, response) => response.text("in")) } });
			const nonce = nonceOf(ask(served, request("GET /")));
			const digestOf = (text: string) => {
				const digest = new Uint8Array(length / 2);
				const octets = octetsOf(text);
				hash(algorithm, octets, octets.length, digest);
				return Array.from(digest, (octet) => octet.toString(16).padStart(2, "0")).join("");
			};
			const proof = digestOf(`${"-".repeat(length)}:${nonce}:00000001:c:auth:${digestOf("GET:/")}`);
			const line = `Authorization: Digest username="${name}", realm="${REALM}", nonce="${nonce}", uri="/", response="${proof}", algorithm=${algorithm}, cnonce="c", nc=00000001, qop=auth`;
			expect(ask(served, request("GET /", [line])).status).toBe(401);
		},
	);

	test.each([
		...[200, 370, 371, 372, 1500].map((length) => ["target", { uri: `/${"a".repeat(length)}` }] as const),
		...[200, 300, 301, 302, 900].map((length) => ["cnonce", { cnonce: "c".repeat(length) }] as const),
	])("lets in whose %s is long, and no wrong password with it", (_what, given) => {
		const served = serveDigest({}, new VirtualPlatform(), { targetLengthMax: 2000, receiveLength: 6000 });
		for (const algorithm of ["SHA-256", "MD5"] as const) {
			expect(tryDigest(served, { algorithm, ...given }).status).toBe(200);
			expect(tryDigest(served, { algorithm, ...given, password: "wrong" }).status).toBe(401);
		}
	});

	test("offers SHA-256 before MD5, and MD5 only where it is wanted", () => {
		const one = ask(serveDigest(), request("GET /"));
		const line = (algorithm: string) =>
			`Digest realm="thimble", nonce="${"01".repeat(16)}", qop="auth", algorithm=${algorithm}, charset=UTF-8`;
		expect([one.status, one.field("www-authenticate")]).toEqual([401, `${line("SHA-256")}, ${line("MD5")}`]);
		expect(ask(serveDigest({ md5: false }), request("GET /")).field("www-authenticate")).toBe(line("SHA-256"));
	});

	test.each(["SHA-256", "MD5"] as const)("lets in who knows a name and its password, by %s", (algorithm) => {
		const served = serveDigest();
		expect(tryDigest(served, { algorithm })).toMatchObject({ status: 200, content: "Ada" });
		const other = tryDigest(served, { algorithm, name: "Löw", password: "pass:wörd", method: "DELETE" });
		expect(other).toMatchObject({ status: 200, content: toUtf8("Löw") });
		expect(tryDigest(served, { algorithm, password: "open, sesame" }).status).toBe(401);
		expect(tryDigest(served, { algorithm, name: "Eve" }).status).toBe(401);
		expect(served.errors).toEqual([]);
	});

	test.each([
		["MD5", "8ca523f5e9506fed4657c9700eebdbec"],
		["SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"],
	] as const)(
		"knows the example of RFC 7616 §3.9.1 for right, by %s, and its nonce for none of ours",
		(algorithm, response) => {
			const realm = "http-auth@example.org";
			const served = serveDigest({ realm, users: [userOf("Mufasa", "Circle of Life", realm)] });
			const line = (answer: string) =>
				`Authorization: Digest username="Mufasa", realm="${realm}", uri="/dir/index.html", algorithm=${algorithm}, ` +
				'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, ' +
				`cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="${answer}", ` +
				'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
			const right = ask(served, request("GET /dir/index.html", [line(response)]));
			expect([right.status, isStale(right)]).toEqual([401, true]);
			const wrong = ask(served, request("GET /dir/index.html", [line(response.replace("8", "9"))]));
			expect([wrong.status, isStale(wrong)]).toEqual([401, false]);
		},
	);

	test.each<[string, Record<string, string | undefined>]>([
		["another realm", { realm: '"other"' }],
		["another target", { uri: '"/other"' }],
		["no target", { uri: undefined }],
		["no realm", { realm: undefined }],
		["no quality of protection", { qop: undefined }],
		["another quality of protection", { qop: "auth-int" }],
		["no count", { nc: undefined }],
		["a short count", { nc: "1" }],
		["a count of no number", { nc: "0000000g" }],
		["no client nonce", { cnonce: undefined }],
		["no nonce", { nonce: undefined }],
		["no response", { response: undefined }],
		["no name", { username: undefined }],
		["an encoded name", { username: undefined, "username*": "UTF-8''Ada" }],
		["a name with a quoted pair", { username: '"A\\da"' }],
		["an unknown algorithm", { algorithm: "SHA-512-256" }],
		["a name twice", { Username: '"Ada"' }],
		["a malformed parameter", { x: "" }],
	])("does not let in %s, which is no guess", (_what, instead) => {
		const served = serveDigest({ guessesMax: 1 });
		const one = tryDigest(served, { instead });
		expect([one.status, isStale(one)]).toEqual([401, false]);
		expect(tryDigest(served).status).toBe(200);
	});

	test.each<[string, Partial<Try>]>([
		["another client nonce", { instead: { cnonce: '"other"' } }],
		["a short response", { instead: { response: '"8ca523f5"' } }],
		["a response of no number", { instead: { response: `"${"g".repeat(64)}"` } }],
		["the wrong algorithm", { instead: { algorithm: "MD5" } }],
	])("does not let in %s, which is a guess", (_what, given) => {
		const served = serveDigest({ guessesMax: 1 }, undefined, { targetLengthMax: 1300, receiveLength: 8192 });
		const one = tryDigest(served, given);
		expect([one.status, isStale(one)]).toEqual([401, false]);
		expect(tryDigest(served).status).toBe(429);
	});

	test.each(["basic", "digest"])("nobody has been let in outside the chain: %s", (kind) => {
		const options = { realm: REALM, users: [ADA], hash, random: () => {} };
		const auth = kind === "basic" ? new BasicAuth(options) : new DigestAuth(options);
		const served = serve({
			fields: ["Authorization"],
			routes: { "GET /": (one, response) => response.text(`<${auth.user(one)}>`) },
		});
		for (const lines of [[], ["Authorization: Bearer x"], ["Authorization: Basic x"], ["Authorization: Digest x"]]) {
			expect(ask(served, request("GET /", lines)).content).toBe("<>");
		}
	});

	describe.each(["basic", "digest"])("whose request it is, by %s", (kind) => {
		/** What a link outside the login sees, before and after; the route as well. */
		function watched(guessesMax = 5) {
			const options = { realm: REALM, users: [ADA], hash, random: () => {}, guessesMax };
			const auth = kind === "basic" ? new BasicAuth(options) : new DigestAuth(options);
			const seen: string[] = [];
			const watch: Middleware = {
				onRequest: (one, response) => {
					seen.push(`before <${auth.user(one)}>`);
					return one.path !== "/refused" || !response.text("no");
				},
				onDone: (one) => void seen.push(`done <${auth.user(one)}>`),
				onError: (one) => void seen.push(`failed <${auth.user(one)}>`),
			};
			const route = (where: string): Route => {
				return (one, response) => {
					seen.push(`${where} <${auth.user(one)}>`);
					if (where === "waits") response.defer();
					else response.text("x");
				};
			};
			const no: Middleware = { onRequest: (_one, response) => !response.text("no") };
			const served = serve({
				routes: {
					...aroundAll([watch, auth], {
						"GET /": route("inside"),
						"GET /refused": route("inside"),
						"GET /waits": route("waits"),
						"GET /no": around([no], route("inside")),
					}),
					"GET /open": around([watch], route("open")),
				},
				fields: ["Authorization"],
			});
			return { served, seen };
		}

		/** A request with credentials, the count of which is `count`. */
		function asked(path: string, password: string, count: number): string {
			if (kind === "basic") return request(`GET ${path}`, [`Authorization: Basic ${base64(`Ada:${password}`)}`]);
			const nonce = "00".repeat(16);
			const nc = count.toString(16).padStart(8, "0");
			const secret = hex("SHA-256", `Ada:${REALM}:${password}`);
			const proof = hex("SHA-256", `${secret}:${nonce}:${nc}:c:auth:${hex("SHA-256", `GET:${path}`)}`);
			return request(`GET ${path}`, [
				`Authorization: Digest username="Ada", realm="${REALM}", nonce="${nonce}", uri="${path}", response="${proof}", ` +
					`algorithm=SHA-256, cnonce="c", nc=${nc}, qop=auth`,
			]);
		}

		test("is known inside and, when it is over, outside", () => {
			const { served, seen } = watched();
			ask(served, request("GET /"));
			seen.length = 0;
			const client = served.connect();
			client.send(asked("/", "Open, Sesame", 1) + asked("/no", "Open, Sesame", 2));
			expect(statuses(client)).toEqual([200, 200]);
			expect(seen).toEqual(["before <>", "inside <Ada>", "done <Ada>", "before <>", "done <Ada>"]);
			expect(served.errors).toEqual([]);
		});

		test("is nobody's where nobody was let in, whoever was on the same connection before", () => {
			const { served, seen } = watched(1);
			ask(served, request("GET /"));
			const client = served.connect();
			client.send(asked("/", "Open, Sesame", 1));
			seen.length = 0;
			client.send(asked("/open", "Open, Sesame", 2) + asked("/refused", "Open, Sesame", 3));
			client.send(request("GET /") + asked("/", "guessed", 4) + asked("/", "Open, Sesame", 5));
			expect(statuses(client)).toEqual([200, 200, 200, 401, 401, 429]);
			expect(seen).toEqual([
				...["before <>", "open <>", "done <>"],
				...["before <>", "done <>"],
				...["before <>", "done <>"],
				...["before <>", "done <>"],
				...["before <>", "done <>"],
			]);
			expect(served.errors).toEqual([]);
		});

		test("is nobody's where nobody was let in, whoever had the slot before", () => {
			const { served, seen } = watched();
			ask(served, request("GET /"));
			seen.length = 0;
			const client = served.connect();
			client.send(asked("/", "Open, Sesame", 1));
			client.end();
			ask(served, asked("/open", "Open, Sesame", 2));
			expect(seen).toEqual(["before <>", "inside <Ada>", "done <Ada>", "before <>", "open <>", "done <>"]);
		});

		test("is known to who is told of a bad end, and to each of several at once", () => {
			const { served, seen } = watched();
			ask(served, request("GET /"));
			seen.length = 0;
			const [one, other] = [served.connect(), served.connect()];
			one.send(asked("/waits", "Open, Sesame", 1));
			other.send(asked("/waits", "Open, Sesame", 2));
			one.reset();
			other.reset();
			const next = served.connect();
			next.send(asked("/", "guessed", 3));
			expect(seen).toEqual([
				...["before <>", "waits <Ada>", "before <>", "waits <Ada>"],
				...["failed <Ada>", "failed <Ada>"],
				...["before <>", "done <>"],
			]);
		});
	});

	test("without an algorithm means MD5, where that is offered", () => {
		expect(tryDigest(serveDigest(), { algorithm: "MD5", instead: { algorithm: undefined } }).status).toBe(200);
		expect(tryDigest(serveDigest({ md5: false }), { algorithm: "MD5" }).status).toBe(401);
		expect(tryDigest(serveDigest({ users: [{ name: "Ada", sha256: ADA.sha256 }] }), { algorithm: "MD5" }).status).toBe(
			401,
		);
	});
});

describe("a nonce", () => {
	test("is good for many requests, each with a count of its own, in almost any order", () => {
		const served = serveDigest();
		const nonce = nonceOf(ask(served, request("GET /")));
		const at = (count: number) => {
			const one = tryDigest(served, { nonce, nc: count.toString(16).padStart(8, "0") });
			return one.status === 200 ? "in" : isStale(one) ? "stale" : "out";
		};
		expect([1, 2, 5, 3, 4].map(at)).toEqual(["in", "in", "in", "in", "in"]);
		expect([1, 2, 3, 4, 5].map(at)).toEqual(["stale", "stale", "stale", "stale", "stale"]);
		expect([40, 9, 8, 10, 9, 40].map(at)).toEqual(["in", "in", "stale", "in", "stale", "stale"]);
		expect([0x7fff_ffff, 0xffff_ffff, 0xffff_fffe, 41, 0xffff_ffff].map(at)).toEqual([
			"in",
			"in",
			"in",
			"stale",
			"stale",
		]);
	});

	test("that was used before the clock went round is stale", () => {
		const served = serveDigest();
		const nonce = nonceOf(ask(served, request("GET /")));
		expect(tryDigest(served, { nonce }).status).toBe(200);
		goRound(served.platform);
		expect(isStale(tryDigest(served, { nonce, nc: "00000002" }))).toBe(true);
	});

	test("that is over is stale: the client goes on with another by itself", () => {
		const served = serveDigest({ nonceLifeMs: 1000 });
		const nonce = nonceOf(ask(served, request("GET /")));
		expect(tryDigest(served, { nonce }).status).toBe(200);
		served.platform.advance(999);
		expect(tryDigest(served, { nonce, nc: "00000002" }).status).toBe(200);
		served.platform.advance(1);
		const over = tryDigest(served, { nonce, nc: "00000003" });
		expect([over.status, isStale(over)]).toEqual([401, true]);
		expect(tryDigest(served, { nonce: nonceOf(over) }).status).toBe(200);
	});

	test.each([
		["a second", (platform: VirtualPlatform) => platform.advance(1000)],
		["a turn of the clock", goRound],
	])("that was offered %s ago is stale, and another is offered", (_when, pass) => {
		const served = serveDigest({ nonceLifeMs: 1000 });
		const nonce = nonceOf(ask(served, request("GET /")));
		pass(served.platform);
		expect(isStale(tryDigest(served, { nonce }))).toBe(true);
		expect(nonceOf(ask(served, request("GET /")))).not.toBe(nonce);
	});

	test("is offered to everybody until somebody logs in with it: challenges cost nothing, and push nobody out", () => {
		const served = serveDigest({ noncesMax: 1 });
		const mine = nonceOf(ask(served, request("GET /")));
		expect(tryDigest(served, { nonce: mine }).status).toBe(200);
		const offered = new Set(Array.from({ length: 20 }, () => nonceOf(ask(served, request("GET /")))));
		expect([offered.size, offered.has(mine)]).toEqual([1, false]);
		for (let turn = 0; turn < 4; turn += 1) tryDigest(served, { password: "x" });
		expect(tryDigest(served, { nonce: mine, nc: "00000002" }).status).toBe(200);
	});

	test("that was not used for longest makes place for one more", () => {
		const served = serveDigest({ noncesMax: 2 });
		const nonces: string[] = [];
		for (let turn = 0; turn < 2; turn += 1) {
			nonces.push(nonceOf(ask(served, request("GET /"))));
			tryDigest(served, { nonce: sure(nonces[turn]) });
			served.platform.advance(10);
		}
		expect(tryDigest(served, { nonce: sure(nonces[0]), nc: "00000002" }).status).toBe(200);
		served.platform.advance(10);
		expect(tryDigest(served).status).toBe(200);
		expect(tryDigest(served, { nonce: sure(nonces[0]), nc: "00000003" }).status).toBe(200);
		expect(isStale(tryDigest(served, { nonce: sure(nonces[1]), nc: "00000002" }))).toBe(true);
	});

	test("that is none of ours is stale for who knows the password, also while others are in use", () => {
		const served = serveDigest();
		expect(tryDigest(served).status).toBe(200);
		const other = tryDigest(served, { nonce: "f".repeat(32), nc: "00000002" });
		expect([other.status, isStale(other)]).toEqual([401, true]);
	});

	test("says nothing to who does not know the password", () => {
		const served = serveDigest();
		const nonce = nonceOf(ask(served, request("GET /")));
		for (const other of [nonce, "0".repeat(32), "x"]) {
			expect(isStale(tryDigest(served, { nonce: other, password: "x" }))).toBe(false);
		}
	});
});

describe("guessing a digest", () => {
	test("is limited; a challenge, and a stale nonce, are no guess", () => {
		const served = serveDigest({ guessesMax: 2 });
		for (let turn = 0; turn < 5; turn += 1) {
			expect(ask(served, request("GET /")).status).toBe(401);
			expect(isStale(tryDigest(served, { nonce: "0".repeat(32) }))).toBe(true);
			expect(tryDigest(served, { instead: { nc: "x" } }).status).toBe(401);
		}
		expect([1, 2, 3].map(() => tryDigest(served, { password: "x" }).status)).toEqual([401, 401, 429]);
		hashes = 0;
		expect([tryDigest(served).status, hashes]).toEqual([429, 0]);
		served.platform.advance(60_000);
		expect(tryDigest(served).status).toBe(200);
	});
});

describe("options that are wrong are refused", () => {
	const options = { realm: REALM, users: [ADA], hash, random: () => {} };

	test.each<[string, Partial<DigestOptions>]>([
		["a realm with quotes", { realm: 'a"b' }],
		["no realm", { realm: "" }],
		["a realm with an umlaut", { realm: "gö" }],
		["a realm beyond ASCII", { realm: "größe" }],
		["a name with a colon", { users: [{ ...ADA, name: "a:b" }] }],
		["a name with quotes", { users: [{ ...ADA, name: 'a"b' }] }],
		["no name", { users: [{ ...ADA, name: "" }] }],
		["a password in place of its hash", { users: [{ name: "Ada", sha256: "Open, Sesame" }] }],
		["a hash in upper case", { users: [{ name: "Ada", sha256: ADA.sha256.toUpperCase() }] }],
		["a hash of the other function", { users: [{ name: "Ada", sha256: ADA.sha256, md5: ADA.sha256 }] }],
		["no guesses", { guessesMax: 0 }],
		["no time to wait", { lockMs: 0 }],
		["more time than the clock compares", { lockMs: 2 ** 30 }],
	])("%s", (_what, wrong) => {
		expect(() => new BasicAuth({ ...options, ...wrong })).toThrow();
		expect(() => new DigestAuth({ ...options, ...wrong })).toThrow();
	});

	test("no nonces, or no life of theirs, or one that is too long", () => {
		expect(() => new DigestAuth({ ...options, noncesMax: 0 })).toThrow(RangeError);
		expect(() => new DigestAuth({ ...options, nonceLifeMs: 1.5 })).toThrow(RangeError);
		// More than the clock compares.
		expect(() => new DigestAuth({ ...options, nonceLifeMs: 2 ** 30 })).toThrow(RangeError);
		expect(() => new DigestAuth({ ...options, nonceLifeMs: 2 ** 30 - 1 })).not.toThrow();
	});
});
