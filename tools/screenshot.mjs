// npm run screenshot: takes the picture of the sensor station that the README shows (docs/sensor-station.png), in the Chromium of
// this machine: on a desk in the light, with firmware on its way, and on a phone in the dark. --all FOLDER writes every state of the
// page, for those who work on it.

import { accessSync, constants, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { runApp } from "../dist/sim.js";
import { smallPng } from "./png.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const APP = join(root, "examples", "sensor-station", "laptop.ts");
const PICTURE = join(root, "docs", "sensor-station.png");
const DESK = { width: 1040, height: 1040 };
const PHONE = { width: 360, height: 780 };
/** The address is in the picture. PORT=… for another one. */
const DEFAULT_PORT = 8080;
/** Octets a second that the network takes, so that an upload can be seen. */
const SLOW = 400_000;
/** How much of the upload the picture shows. */
const SHARE = 0.6;

const { values } = parseArgs({ options: { all: { type: "string" } } });

function findChromium() {
	for (const folder of (process.env.PATH ?? "").split(delimiter)) {
		const path = join(folder, "chromium");
		try {
			accessSync(path, constants.X_OK);
			return path;
		} catch {
			// Not in this folder.
		}
	}
	throw new Error("chromium is not installed");
}

/** A page in a profile of its own, live. */
async function open(browser, url, viewport, colorScheme) {
	const context = await browser.newContext({
		viewport,
		colorScheme,
		reducedMotion: "reduce",
		timezoneId: "UTC",
		locale: "en-GB",
	});
	const page = await context.newPage();
	await page.goto(url);
	await page.locator("#state[data-state=live]").waitFor();
	await page.locator("#history path.line").waitFor();
	return page;
}

async function signIn(page) {
	const [name, password] = await page.locator("#trial code").allTextContents();
	await page.fill("#sign-in [name=name]", name);
	await page.fill("#sign-in [name=password]", password);
	await page.click("#sign-in button");
	await page.locator("#owner").waitFor();
}

/** Uploads the trial image, and stops in the middle of it. */
async function upload(page, url) {
	const buffer = Buffer.from(await (await fetch(new URL("/trial-image.bin", url))).arrayBuffer());
	const session = await page.context().newCDPSession(page);
	await session.send("Network.emulateNetworkConditions", {
		offline: false,
		latency: 5,
		downloadThroughput: -1,
		uploadThroughput: SLOW,
	});
	await page.setInputFiles("#drop input", { name: "station-1.4.2.bin", mimeType: "application/octet-stream", buffer });
	await page.waitForFunction((share) => document.getElementById("progress").value > share, SHARE);
	await page.evaluate(() => document.activeElement.blur());
}

const shot = (page, fullPage = false) => page.screenshot({ fullPage });

/** Both pictures side by side, with nothing behind them. */
async function composed(browser, desk, phone) {
	const page = await browser.newPage({ viewport: { width: DESK.width + PHONE.width + 60, height: DESK.height + 20 } });
	const image = (png, { width, height }, radius) =>
		`<img src="data:image/png;base64,${png.toString("base64")}" width="${width}" height="${height}" style="border-radius:${radius}px;border:1px solid #8884">`;
	await page.setContent(
		`<body style="margin:10px;display:flex;gap:38px;align-items:center;background:none">${image(desk, DESK, 14)}${image(phone, PHONE, 28)}</body>`,
	);
	return page.screenshot({ omitBackground: true });
}

async function picture(browser) {
	const station = await runApp({ file: APP, port: Number(process.env.PORT ?? DEFAULT_PORT) });
	try {
		const phone = await open(browser, station.url, PHONE, "dark");
		const desk = await open(browser, station.url, DESK, "light");
		await signIn(desk);
		await upload(desk, station.url);
		const png = await composed(browser, await shot(desk), await shot(phone));
		const small = smallPng(png);
		writeFileSync(PICTURE, small);
		console.log(
			`${PICTURE}: ${small.length.toLocaleString("en")} octets; Chromium's had ${png.length.toLocaleString("en")}`,
		);
	} finally {
		station.abort();
	}
}

/** Every state of the page, in this light and on this device; the last is that the station is gone. */
async function states(browser, folder, device, viewport, colorScheme) {
	const station = await runApp({ file: APP, port: 0 });
	try {
		const page = await open(browser, station.url, viewport, colorScheme);
		const save = async (state) =>
			writeFileSync(join(folder, `${device}-${colorScheme}-${state}.png`), await shot(page, true));
		await save("guest");
		await signIn(page);
		await save("owner");
		await upload(page, station.url);
		await save("upload");
		station.abort();
		await page.locator("#state[data-state=gone]").waitFor();
		await save("gone");
		await page.context().close();
	} finally {
		station.abort();
	}
}

const browser = await chromium.launch({ executablePath: findChromium(), args: ["--no-sandbox", "--disable-gpu"] });
try {
	if (values.all === undefined) await picture(browser);
	else {
		mkdirSync(values.all, { recursive: true });
		for (const colorScheme of ["light", "dark"]) {
			await states(browser, values.all, "desk", DESK, colorScheme);
			await states(browser, values.all, "phone", PHONE, colorScheme);
		}
	}
} finally {
	await browser.close();
}
