// Chromium loads a page of many files. A browser opens up to six connections and keeps them: they have to do for all.

import { chromium, type Page } from "playwright-core";
import { describe, expect } from "vitest";
import { connectionsServed, serving } from "./support/net.js";
import { ASSET_COUNT, fixtureApp } from "./support/net-app.js";
import { testWith } from "./support/programs.js";

/** How many connections a browser opens to one origin. */
const BROWSER_CONNECTIONS = 6;

const ARGS = [
	"--no-sandbox",
	"--disable-gpu",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
	"--no-first-run",
];

async function withPage(path: string, use: (page: Page) => Promise<void>): Promise<void> {
	const browser = await chromium.launch({ executablePath: path, args: ARGS });
	try {
		await use(await browser.newPage());
	} finally {
		await browser.close();
	}
}

describe("Chromium", () => {
	testWith(
		"chromium",
		"a page of 24 files, three times, and 20 POSTs over six connections at most",
		(path) =>
			serving(fixtureApp(), (server) =>
				withPage(path, async (page) => {
					const failures: string[] = [];
					page.on("requestfailed", (request) => failures.push(`${request.url()}: ${request.failure()?.errorText}`));
					page.on("response", (response) => {
						if (response.status() !== 200) failures.push(`${response.url()}: ${response.status()}`);
					});
					for (let load = 0; load < 3; load += 1) {
						await page.goto(`http://127.0.0.1:${server.port}/page?load=${load}`, { waitUntil: "load" });
						expect(await page.evaluate("globalThis.loaded")).toBe(ASSET_COUNT);
					}
					const echoed = await page.evaluate(async () => {
						const numbers = Array.from({ length: 20 }, (_, index) => String(index).repeat(1000));
						const answers = numbers.map(async (body) => (await fetch("/echo", { method: "POST", body })).text());
						return (await Promise.all(answers)).every((answer, index) => answer === numbers[index]);
					});
					expect(echoed).toBe(true);
					expect(failures).toEqual([]);
					expect(connectionsServed(server)).toBeLessThanOrEqual(BROWSER_CONNECTIONS);
				}),
			),
		60_000,
	);
});
