// Sessions: begun, found by their cookie, ended by time, by hand, and by one more than there is place for.

import { describe, expect, test } from "vitest";
import { Cookie } from "../src/cookies/index.js";
import type { RandomSource } from "../src/crypto.js";
import { type SessionOptions, Sessions } from "../src/sessions/index.js";
import { ask, request, type Served, serve, sure } from "./support/exchange.js";
import { VirtualPlatform } from "./support/virtual.js";

/** Ids that count: 0001…, 0002…. */
function counting(): RandomSource {
	let next = 0;
	return (octets) => {
		next += 1;
		octets.fill(next);
		octets[0] = 0xa0;
	};
}

interface Logins extends Served {
	/** Logs in; returns the cookie. */
	login(name: string, cookie?: string): string;
	/** Who the server thinks this is; "" nobody. */
	who(cookie: string): string;
	logout(cookie: string): string | undefined;
	count(): number;
}

function serveLogins(options: Partial<SessionOptions> = {}, platform = new VirtualPlatform()): Logins {
	const sessions = new Sessions<string>({ count: 2, random: counting(), ...options });
	const served = serve(
		{
			fields: ["Cookie"],
			routes: {
				"GET /login/:name": (one, response) => {
					const session = sessions.begin(one, response, one.parameter("name"));
					response.text(session.value);
				},
				"GET /who": (one, response) => response.text(sessions.find(one)?.value ?? ""),
				"GET /logout": (one, response) => {
					sessions.end(one, response);
					response.empty();
				},
				"GET /count": (one, response) => response.text(String(sessions.count(one))),
			},
		},
		platform,
	);
	const get = (path: string, cookie: string) =>
		ask(served, request(`GET ${path}`, cookie === "" ? [] : [`Cookie: ${cookie}`]));
	return {
		...served,
		login: (name, cookie = "") => sure(sure(get(`/login/${name}`, cookie).field("set-cookie")).split(";")[0]),
		who: (cookie) => get("/who", cookie).content,
		logout: (cookie) => get("/logout", cookie).field("set-cookie"),
		count: () => Number(get("/count", "").content),
	};
}

describe("a session", () => {
	test("is found by its cookie, which scripts do not see", () => {
		const logins = serveLogins();
		expect(ask(logins, request("GET /login/ada")).field("set-cookie")).toBe(
			`sid=a0${"01".repeat(15)}; Path=/; HttpOnly; SameSite=Lax`,
		);
		expect(logins.who(`sid=a0${"01".repeat(15)}`)).toBe("ada");
		expect(logins.errors).toEqual([]);
	});

	test("is found by nothing else", () => {
		const logins = serveLogins();
		const cookie = logins.login("ada");
		for (const other of [
			"",
			"sid=",
			cookie.slice(0, -1),
			`${cookie}0`,
			cookie.replace("a", "A"),
			cookie.replace("a0", "a1"),
		]) {
			expect(logins.who(other)).toBe("");
		}
		expect(logins.who(`sid=${"0".repeat(32)}`)).toBe("");
		for (const digit of "g/:`") expect(logins.who(cookie.slice(0, -1) + digit)).toBe("");
		expect(logins.who(cookie)).toBe("ada");
	});

	test("of all zeros is nobody's, before and after there are any", () => {
		const logins = serveLogins();
		expect(logins.who(`sid=${"0".repeat(32)}`)).toBe("");
		logins.logout(logins.login("ada"));
		expect(logins.who(`sid=${"0".repeat(32)}`)).toBe("");
	});

	test("ends when its client logs out, with its cookie", () => {
		const logins = serveLogins();
		const [ada, bob] = [logins.login("ada"), logins.login("bob")];
		expect(logins.logout(ada)).toMatch(/^sid=; .*Max-Age=0$/);
		expect([logins.who(ada), logins.who(bob), logins.count()]).toEqual(["", "bob", 1]);
		expect(logins.logout("")).toMatch(/^sid=; /);
	});

	test("that somebody brings along ends when they log in: nobody keeps an id that was known before", () => {
		const logins = serveLogins();
		const ada = logins.login("ada");
		const again = logins.login("ada", ada);
		expect(again).not.toBe(ada);
		expect([logins.who(ada), logins.who(again), logins.count()]).toEqual(["", "ada", 1]);
	});

	test("that was not used for longest makes place for one more", () => {
		const logins = serveLogins();
		const ada = logins.login("ada");
		logins.platform.advance(10);
		const bob = logins.login("bob");
		logins.platform.advance(10);
		expect(logins.who(ada)).toBe("ada");
		logins.platform.advance(10);
		const eve = logins.login("eve");
		expect([logins.who(ada), logins.who(bob), logins.who(eve), logins.count()]).toEqual(["ada", "", "eve", 2]);
	});

	test.each([
		["has signed out", ""],
		["would be evicted", "guest"],
	])("is not begun under the cookie of one who %s, when there is no randomness", (what, guestIs) => {
		const count = counting();
		let isStarved = false;
		const logins = serveLogins({
			random: (octets) => {
				if (isStarved) throw new Error("no randomness yet");
				count(octets);
			},
		});
		const guest = logins.login("guest");
		logins.platform.advance(10);
		const bob = logins.login("bob");
		if (what === "has signed out") logins.logout(guest);
		isStarved = true;
		expect(ask(logins, request("GET /login/admin")).status).toBe(500);
		expect([logins.who(guest), logins.who(bob)]).toEqual([guestIs, "bob"]);
		isStarved = false;
		expect(logins.who(logins.login("admin"))).toBe("admin");
	});

	test("ends when it was left unused, and when its life is over, also while the clock wraps", () => {
		for (const start of [0, 0x7fff_ff00, -0x8000_0000]) {
			const platform = new VirtualPlatform(start);
			const logins = serveLogins({ idleTimeoutMs: 100, lifeTimeoutMs: 250 }, platform);
			const ada = logins.login("ada");
			platform.advance(99);
			expect(logins.who(ada)).toBe("ada");
			platform.advance(99);
			expect(logins.who(ada)).toBe("ada");
			platform.advance(51);
			expect(logins.who(ada)).toBe("ada");
			platform.advance(1);
			expect(logins.who(ada)).toBe("");
			const bob = logins.login("bob");
			platform.advance(100);
			expect([logins.who(bob), logins.count()]).toEqual(["", 0]);
		}
	});

	test("is over when the clock has gone half its way", () => {
		const platform = new VirtualPlatform();
		const logins = serveLogins({}, platform);
		const ada = logins.login("ada");
		platform.stall(0x8000_0001);
		expect(logins.who(ada)).toBe("");
	});

	test("is over for good, where the date is known, when the clock has gone round and looks as it did", () => {
		for (const [date, who] of [
			[784_111_777, ""],
			// Nobody knows: neither then nor now.
			[-1, "ada"],
		] as const) {
			const platform = new VirtualPlatform();
			platform.seconds = date;
			const logins = serveLogins({}, platform);
			const ada = logins.login("ada");
			platform.stall(2 ** 32 + 1000);
			if (date >= 0) platform.seconds += (2 ** 32 + 1000) / 1000;
			expect(logins.who(ada)).toBe(who);
		}
	});

	test("goes on when the date is found, set a little, or lost", () => {
		const platform = new VirtualPlatform();
		platform.seconds = -1;
		const logins = serveLogins({}, platform);
		const ada = logins.login("ada");
		for (const seconds of [784_111_777, 784_111_777 + 86_400, 784_000_000, -1]) {
			platform.seconds = seconds;
			expect(logins.who(ada)).toBe("ada");
		}
	});

	test("keeps its value from request to request, in a cookie of the app's", () => {
		const sessions = new Sessions<{ visits: number }>({
			count: 1,
			random: counting(),
			cookie: new Cookie("v", { path: "/a" }),
		});
		const served = serve({
			fields: ["Cookie"],
			routes: {
				"GET /": (one, response) => {
					const session = sessions.find(one) ?? sessions.begin(one, response, { visits: 0 });
					session.value.visits += 1;
					response.json(session.value);
				},
			},
		});
		const first = ask(served, request("GET /"));
		expect(first.field("set-cookie")).toMatch(/^v=a0[0-9]{30}; Path=\/a; /);
		const line = `Cookie: ${sure(first.field("set-cookie")).split(";")[0]}`;
		const next = ask(served, request("GET /", [line]));
		expect([next.content, next.field("set-cookie")]).toEqual(['{"visits":2}', undefined]);
	});
});

test("options out of their range are refused", () => {
	for (const wrong of [
		{ count: 0 },
		{ count: 1001 },
		{ idleTimeoutMs: 0 },
		{ lifeTimeoutMs: 2 ** 30 },
		{ count: 1.5 },
	]) {
		expect(() => new Sessions({ count: 1, random: counting(), ...wrong })).toThrow(RangeError);
	}
});
