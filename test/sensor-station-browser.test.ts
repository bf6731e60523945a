// The sensor station's page in Chromium: what is asked for and what is sent, a pool that two browsers share, signing in, uploads
// that are cut, and a minute of live readings.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { trial } from "../examples/sensor-station/users.js";
import manifest from "../manifests/manifest_limits.json" with { type: "json" };
import type { SimulatedFlash } from "../platform/node/flash.js";
import { defineApp, type Limits, type Route } from "../src/index.js";
import { AccessLog } from "../src/metrics/index.js";
import { around, type Middleware } from "../src/middleware.js";
import type { Server } from "../src/server/server.js";
import { BuildFolder } from "./support/built.js";
import { espImage } from "./support/esp-image.js";
import { serving, until } from "./support/net.js";
import { findProgram, testWith } from "./support/programs.js";
import { TcpProxy } from "./support/tcp-proxy.js";

const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"];
const FIVE_MB = 5_000_000;
const LIVE_MS = 60_000;
/** For each test, on a machine that does much else. */
const TIMEOUT_MS = 60_000;

let build: BuildFolder;
let modulePath = "";
let browser: Browser | undefined;
let minute: Promise<Minute> | undefined;

interface StationModule {
	readonly routes: Readonly<Record<string, Route>>;
	readonly laptopFlash: SimulatedFlash;
}

/** A station that runs. */
interface Station {
	readonly server: Server;
	readonly flash: SimulatedFlash;
	/** What was answered, as "GET / 200 5332". */
	readonly log: string[];
	/** How many event streams were begun. */
	streamCount: number;
}

/** Serves a station with a memory of its own. */
async function station(limits: Partial<Limits>, use: (one: Station) => Promise<void>): Promise<void> {
	const { routes, laptopFlash } = (await import(`${modulePath}?${Math.random()}`)) as StationModule;
	const log: string[] = [];
	const observer = new AccessLog((octets, length) => {
		const line = Buffer.from(octets.subarray(0, length)).toString();
		const [, method, path, status, sent] = /"(\w+) (\S+) [^"]*" (\d+) (\d+|-)/.exec(line) ?? [];
		log.push(`${method} ${path} ${status} ${sent === "-" ? 0 : sent}`);
	});
	const counting: Middleware = {
		onRequest() {
			counts.streamCount += 1;
			return true;
		},
	};
	const live = around([counting], routes["GET /events"] as Route);
	const app = defineApp({ limits, routes: { ...routes, "GET /events": live } });
	const counts = { streamCount: 0 };
	await serving(app, (server) => use(Object.assign(counts, { server, flash: laptopFlash, log })), { observer });
}

const launch = (path: string) => chromium.launch({ executablePath: path, args: ARGS });

/** Opens the station's page in a profile of its own, and waits until it is live. */
async function visit(port: number, of: Browser = browser as Browser, options: BrowserContextOptions = {}) {
	const context = await of.newContext(options);
	const page = await context.newPage();
	await page.goto(`http://127.0.0.1:${port}/`, { waitUntil: "load" });
	await isLive(page);
	return page;
}

const isLive = (page: Page) => page.locator("#state[data-state=live]").waitFor();
/** Waits for these words. */
const says = (page: Page, selector: string, words: string | RegExp) =>
	page.locator(selector).filter({ hasText: words, visible: true }).waitFor();

async function signIn(page: Page, password: string = trial.password): Promise<void> {
	await page.fill("#sign-in [name=name]", trial.name);
	await page.fill("#sign-in [name=password]", password);
	await page.click("#sign-in button");
}

/** What a minute of live readings looked like. */
interface Minute {
	/** Milliseconds between what was drawn. */
	readonly gaps: readonly number[];
	/** What the page said of the station. */
	readonly states: readonly string[];
	/** How many event streams there were. */
	readonly streamCount: number;
}

async function watchMinute(): Promise<Minute> {
	let seen = { gaps: [] as number[], states: [] as string[] };
	let streamCount = 0;
	await station({}, async (one) => {
		const { server } = one;
		const page = await visit(server.port);
		await page.evaluate(`
			globalThis.seen = { gaps: [], states: [] };
			let last = performance.now();
			const state = document.getElementById("state");
			new MutationObserver(() => {
				const now = performance.now();
				seen.gaps.push(now - last);
				seen.states.push(state.dataset.state);
				last = now;
			}).observe(document.querySelector("[data-of=humidity] svg"), { childList: true });`);
		await sleep(LIVE_MS);
		seen = await page.evaluate("seen");
		await page.close();
		streamCount = one.streamCount;
	});
	return { ...seen, streamCount };
}

beforeAll(async () => {
	build = new BuildFolder();
	modulePath = await build.module("test/support/station.ts");
	const path = findProgram("chromium");
	if (path === undefined) return;
	browser = await launch(path);
	// It goes on while the other tests run, on a server and a page of its own.
	minute = watchMinute();
	minute.catch(() => {});
}, 60_000);

afterAll(async () => {
	await browser?.close();
	build.remove();
});

function inChromium(title: string, run: (path: string) => Promise<void>, timeoutMs = TIMEOUT_MS): void {
	testWith("chromium", title, run, timeoutMs);
}

describe("the page", () => {
	inChromium("is loaded, loaded again without any content, and loaded anew when that is asked for", () =>
		station({}, async ({ server, log }) => {
			const page = await visit(server.port);
			/** What was asked for of the packed files since the last time. */
			async function asked(): Promise<string[]> {
				await isLive(page);
				await page.waitForLoadState("networkidle", { timeout: 1000 }).catch(() => {});
				const lines = log.splice(0).filter((line) => /^GET \/([\w-]+\.(js|css|svg))? /.test(line));
				return lines.map((line) => line.replace(/-[0-9a-f]{10}/, "")).sort();
			}
			const files = ["/", "/chart.js", "/firmware.js", "/icon.svg", "/station.js", "/style.css", "/upload.js"];
			const statuses = (lines: string[]) => [...new Set(lines.map((line) => line.replace(/ \d+$/, "")))];
			expect(statuses(await asked())).toEqual(files.map((file) => `GET ${file} 200`));
			await page.reload({ waitUntil: "load" });
			expect(await asked()).toEqual(["GET / 304 0"]);
			const session = await page.context().newCDPSession(page);
			const isLoaded = page.waitForEvent("load");
			await session.send("Page.reload", { ignoreCache: true });
			await isLoaded;
			expect(statuses(await asked())).toEqual(files.map((file) => `GET ${file} 200`));
		}),
	);

	inChromium("fits phones, can be read on light and on dark, and says nothing to the console", () =>
		station({}, async ({ server }) => {
			const complaints: string[] = [];
			for (const colorScheme of ["light", "dark"] as const) {
				const page = await visit(server.port, browser, { colorScheme, viewport: { width: 360, height: 740 } });
				page.on("console", (message) => complaints.push(message.text()));
				page.on("pageerror", (error) => complaints.push(error.message));
				for (const prepare of [() => Promise.resolve(), () => signIn(page)]) {
					await prepare();
					await page.locator("#guest, #owner").filter({ visible: true }).waitFor();
					const { faint, unnamed, textCount, overflow } = (await page.evaluate(LOOK)) as Look;
					expect({ faint, unnamed, overflow }).toEqual({ faint: [], unnamed: [], overflow: 0 });
					expect(textCount).toBeGreaterThan(20);
				}
				await signedIn(page);
				await page.context().close();
			}
			expect(complaints).toEqual([]);
		}),
	);

	inChromium("says that the station is gone, and comes back by itself", () =>
		station({}, async ({ server }) => {
			const proxy = new TcpProxy(server.port);
			await proxy.open();
			const page = await visit(proxy.port);
			proxy.close();
			await says(page, "#state", "Offline");
			await says(page, "#alert", "The station does not answer");
			await sleep(500);
			await proxy.open();
			await isLive(page);
			await page.locator("#alert").waitFor({ state: "hidden" });
			await page.close();
			proxy.close();
		}),
	);
});

const signedIn = (page: Page) => page.locator("#owner").waitFor();

interface Look {
	readonly faint: string[];
	readonly unnamed: string[];
	readonly textCount: number;
	readonly overflow: number;
}

/** Which texts have too little contrast (WCAG 1.4.3), which fields have no label, and by how much the page is too wide. */
const LOOK = `(() => {
	const octets = (colour) => colour.match(/[\\d.]+/g).map(Number);
	const light = (colour) => {
		const [red, green, blue] = octets(colour).map((one) => {
			const share = one / 255;
			return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
		});
		return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
	};
	const ground = (element) => {
		const colour = getComputedStyle(element).backgroundColor;
		const isClear = octets(colour)[3] === 0;
		return isClear && element.parentElement !== null ? ground(element.parentElement) : colour;
	};
	const texts = [...document.querySelectorAll("body *")].filter((element) => {
		const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
		return hasText && element.checkVisibility() && element.getBoundingClientRect().width > 1;
	});
	const faint = texts.filter((element) => {
		const { color, fill } = getComputedStyle(element);
		const [ink, paper] = [light(element instanceof SVGElement ? fill : color), light(ground(element))];
		return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05) < 4.5;
	});
	const fields = [...document.querySelectorAll("input, progress, button")].filter((one) => one.checkVisibility());
	const isNamed = (one) => one.labels?.length > 0 || one.ariaLabel !== null || one.hasAttribute("aria-labelledby") || one.textContent.trim() !== "";
	return {
		faint: faint.map((one) => one.textContent.trim()),
		unnamed: fields.filter((one) => !isNamed(one)).map((one) => one.outerHTML),
		textCount: texts.length,
		overflow: Math.max(0, document.documentElement.scrollWidth - innerWidth),
	};
})()`;

describe("a pool of six", () => {
	/** What a page does that asks five at a time, beside the stream of its readings, as long as `isAsking`. */
	const ASK = `(async () => {
		const ask = async () => {
			let count = 0;
			do {
				if (!(await fetch("/wait?ms=150", { cache: "no-store" })).ok) throw new Error("refused");
				count += 1;
			} while (globalThis.isAsking);
			return count;
		};
		return Promise.all([ask(), ask(), ask(), ask(), ask()]);
	})()`;

	/** Opens the page in one browser, which takes all connections, and in another. */
	function crowded(path: string, use: (first: Page, second: () => Promise<Page>, one: Station) => Promise<void>) {
		return station({ connections: 6 }, async (one) => {
			const other = await launch(path);
			try {
				const first = await visit(one.server.port);
				await use(first, () => visit(one.server.port, other), one);
				// The stream of the first has lasted.
				expect(await first.locator("#state").textContent()).toBe("Live");
				expect(one.streamCount).toBe(2);
			} finally {
				await other.close();
			}
		});
	}

	inChromium("serves a second browser when the first has six connections, of which five are idle", (path) =>
		crowded(path, async (first, second, { server }) => {
			await first.evaluate(ASK);
			expect(server.connectionCount).toBe(6);
			await (await second()).locator("#history path.line").waitFor();
		}),
	);

	inChromium("serves a second browser while the first has six connections, and all of them are busy", (path) =>
		crowded(path, async (first, second, { server }) => {
			await first.evaluate("globalThis.isAsking = true");
			const asking = first.evaluate(ASK) as Promise<number[]>;
			await until("six connections", () => server.connectionCount === 6);
			await (await second()).locator("#history path.line").waitFor();
			await first.evaluate("globalThis.isAsking = false");
			for (const count of await asking) expect(count).toBeGreaterThan(1);
		}),
	);
});

describe("the least of boards", () => {
	/** The limits of an ESP8266: two connections, buffers of 512 octets. */
	const limits = manifest.platforms.esp.config.thimble as Partial<Limits>;

	inChromium("has connections and buffers enough for all of the page", () =>
		station(limits, async ({ server, flash }) => {
			expect([server.limits.connections, server.limits.sendLength]).toEqual([2, 512]);
			const page = await visit(server.port);
			await page.locator("#history path.line").waitFor();
			await signIn(page);
			await signedIn(page);
			await page.fill("#settings [name=name]", "Wine cellar");
			await page.click("#settings button");
			await says(page, "#name", "Wine cellar");
			const image = Buffer.from(espImage(400_000));
			await page.setInputFiles("#drop input", { name: "a.bin", mimeType: "application/octet-stream", buffer: image });
			await says(page, "#told", "Complete and checked.");
			expect(Buffer.compare(flash.image ?? Buffer.alloc(0), image)).toBe(0);
			expect(await page.locator("#state").textContent()).toBe("Live");
		}),
	);
});

describe("signing in", () => {
	inChromium("and the settings, which other pages hear of; and out again", () =>
		station({}, async ({ server, log }) => {
			const page = await visit(server.port);
			const guest = await visit(server.port);
			await says(page, "#trial", `name ${trial.name}, password ${trial.password}`);
			await signIn(page, "wrong");
			await says(page, "#sign-in .result", "The name or the password is wrong.");
			await signIn(page);
			await signedIn(page);
			await page.fill("#settings [name=name]", "Wine cellar");
			await page.fill("#settings [name=interval]", "2");
			await page.check("#settings [value=F]", { force: true });
			await page.click("#settings button");
			await says(page, "#settings .result", "Saved.");
			for (const one of [page, guest]) {
				await says(one, "#name", "Wine cellar");
				await says(one, "[data-of=celsius] .unit", "°F");
				expect(await one.title()).toBe("Wine cellar");
			}
			expect(Number(await guest.locator("[data-of=celsius] output").textContent())).toBeGreaterThan(50);
			expect(await guest.locator("#owner").isVisible()).toBe(false);
			await page.reload({ waitUntil: "load" });
			await signedIn(page);
			expect(await page.inputValue("#settings [name=interval]")).toBe("2");
			await page.click("#sign-out button");
			await page.locator("#guest").waitFor();
			expect(log.filter((line) => line.startsWith("POST "))).toEqual([
				"POST /sign-in 403 34",
				"POST /sign-in 303 0",
				"POST /settings 303 0",
				"POST /sign-out 303 0",
			]);
		}),
	);

	inChromium("as the form by itself does: a 303, behind which a reload posts nothing", () =>
		station({}, async ({ server, log }) => {
			const page = await visit(server.port);
			await page.fill("#sign-in [name=name]", trial.name);
			await page.fill("#sign-in [name=password]", trial.password);
			const isLoaded = page.waitForEvent("load");
			await page.evaluate(`document.getElementById("sign-in").submit()`);
			await isLoaded;
			await signedIn(page);
			await page.reload({ waitUntil: "load" });
			await signedIn(page);
			expect(log.filter((line) => line.startsWith("POST "))).toEqual(["POST /sign-in 303 0"]);
		}),
	);
});

describe("an upload", () => {
	const image = espImage(FIVE_MB);
	let folder = "";
	let file = "";

	beforeAll(() => {
		folder = mkdtempSync(join(build.path, "images-"));
		file = join(folder, "station.bin");
		writeFileSync(file, image);
	});
	afterAll(() => rmSync(folder, { recursive: true, force: true }));

	/** A page that has signed in and comes by way of a proxy, of a station whose receive buffer has 1 KB. */
	function uploading(use: (page: Page, proxy: TcpProxy, one: Station) => Promise<void>): Promise<void> {
		return station({ receiveLength: 1024 }, async (one) => {
			const proxy = new TcpProxy(one.server.port);
			await proxy.open();
			try {
				const page = await visit(proxy.port);
				await signIn(page);
				await signedIn(page);
				await use(page, proxy, one);
				expect(one.flash.faults).toEqual([]);
				await page.close();
			} finally {
				proxy.close();
			}
		});
	}

	const isTaken = ({ flash }: Station) => Buffer.compare(flash.image ?? Buffer.alloc(0), image) === 0;
	/** How often a part of the flash was written: once, where nothing came twice. */
	const timesWritten = ({ flash }: Station) => Math.max(...flash.erasures);
	const requests = ({ log }: Station, method: string) => log.filter((line) => line.startsWith(`${method} /firmware`));

	inChromium("of 5 MB goes through a buffer of 1 KB", () =>
		uploading(async (page, proxy, one) => {
			await page.setInputFiles("#drop input", file);
			await says(page, "#told", "Complete and checked.");
			await says(page, "#share", "100 % of 5.0 MB");
			expect([isTaken(one), timesWritten(one)]).toEqual([true, 1]);
			expect(proxy.receivedLength).toBeLessThan(FIVE_MB * 1.01);
		}),
	);

	inChromium("goes on by itself where its connection was cut", () =>
		uploading(async (page, proxy, one) => {
			proxy.cutAfterLength = FIVE_MB / 2;
			await page.setInputFiles("#drop input", file);
			await says(page, "#told", "The connection broke off");
			await says(page, "#told", "Complete and checked.");
			expect([isTaken(one), timesWritten(one)]).toEqual([true, 1]);
			expect(requests(one, "POST")).toHaveLength(1);
			expect(requests(one, "HEAD").length).toBeGreaterThan(0);
			// The piece that was on its way is sent again, first by the browser itself.
			expect(proxy.receivedLength).toBeLessThan(FIVE_MB * 1.2);
		}),
	);

	inChromium("waits while it is paused, and goes on after the page was left", () =>
		uploading(async (page, proxy, one) => {
			proxy.isSlow = true;
			await page.setInputFiles("#drop input", file);
			await says(page, "#share", /^[1-9]\d? %/);
			await page.click("#pause");
			await says(page, "#told", "Paused at");
			await page.click("#pause");
			await says(page, "#told", "Uploading");
			await page.click("#pause");
			await says(page, "#told", "Paused at");
			await page.reload({ waitUntil: "load" });
			await signedIn(page);
			expect(isTaken(one)).toBe(false);
			proxy.isSlow = false;
			await page.setInputFiles("#drop input", file);
			await says(page, "#told", "Complete and checked.");
			expect([isTaken(one), timesWritten(one)]).toEqual([true, 1]);
			expect(requests(one, "POST")).toHaveLength(1);
			expect(proxy.receivedLength).toBeLessThan(FIVE_MB * 1.2);
		}),
	);

	inChromium("of what is no firmware is refused, dropped on the page; another file can be chosen", () =>
		uploading(async (page, _proxy, one) => {
			const dataTransfer = await page.evaluateHandle(`(() => {
				const dragged = new DataTransfer();
				dragged.items.add(new File([new Uint8Array(${FIVE_MB})], "a.txt"));
				return dragged;
			})()`);
			for (const name of ["dragenter", "dragover", "drop"]) await page.dispatchEvent("#drop", name, { dataTransfer });
			await says(page, "#told", /^This is no firmware for this device\.$/);
			await page.click("#cancel");
			await page.setInputFiles("#drop input", file);
			await says(page, "#told", "Complete and checked.");
			expect(isTaken(one)).toBe(true);
		}),
	);
});

describe("live readings", () => {
	inChromium(
		"come each second for a minute, by one stream",
		async () => {
			const { gaps, states, streamCount } = await (minute as Promise<Minute>);
			// Fewer on a machine that does much else, never more.
			expect(gaps.length).toBeGreaterThan(0.75 * (LIVE_MS / 1000));
			expect(gaps.length).toBeLessThanOrEqual(LIVE_MS / 1000 + 2);
			expect(new Set(states)).toEqual(new Set(["live"]));
			expect(streamCount).toBe(1);
		},
		LIVE_MS + 30_000,
	);
});
