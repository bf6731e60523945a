// Captures and ladders of simulations of every kind, as others see them: tshark dissects the captures, Chromium draws the
// ladders.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { ladder } from "../host-sim/picture/ladder.js";
import { pcapng } from "../host-sim/picture/pcapng.js";
import type { Trace } from "../host-sim/virtual/trace.js";
import { testWith, textOf } from "./support/programs.js";
import { type Simulated, simulations, together } from "./support/simulated.js";
import { idleTrace } from "./support/traces.js";

let folder = "";
let simulated: Simulated[] = [];

beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), "thimble-picture-"));
	simulated = simulations();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What Wireshark says of packets that a network would have damaged, lost or mixed up, or that nobody had sent. */
const SUSPICIONS = [
	"_ws.malformed",
	"tcp.analysis.out_of_order",
	"tcp.analysis.lost_segment",
	"tcp.analysis.ack_lost_segment",
	"tcp.analysis.retransmission && tcp.len > 0",
	"tcp.analysis.fast_retransmission",
	"tcp.analysis.duplicate_ack",
	"tcp.checksum.status != 1",
	"ip.checksum.status != 1",
];

const STRICT = ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"];

/** Lines that tshark prints of a capture: the fields of each packet that a filter takes. */
async function dissect(path: string, trace: Trace, filter: string, fields: readonly string[]): Promise<string[]> {
	const file = join(folder, "trace.pcapng");
	writeFileSync(file, pcapng(trace));
	const shown = fields.flatMap((field) => ["-e", field]);
	const text = await textOf(path, ["-r", file, ...STRICT, "-Y", filter, "-T", "fields", ...shown]);
	return text.split("\n").filter((line) => line !== "");
}

/** The requests or responses of a trace. */
function messages(trace: Trace, kind: "request" | "response"): string[] {
	return trace.events.flatMap((event) => (event.kind === kind ? [event.text] : []));
}

describe("tshark", () => {
	testWith(
		"tshark",
		"finds nothing wrong with the capture of any simulation, and the requests that the server found",
		async (path) => {
			const trace = together(simulated);
			const wrong = SUSPICIONS.map((suspicion) => `(${suspicion})`).join(" || ");
			const details = ["frame.number", "frame.time_epoch", "tcp.srcport", "_ws.col.Info", "_ws.expert.message"];
			expect(await dissect(path, trace, wrong, details)).toEqual([]);
			const requests = (
				await dissect(path, trace, "http.request", ["http.request.method", "http.request.uri"])
			).flatMap((line) => {
				const [methods = "", targets = ""] = line.split("\t");
				const uris = targets.split(",");
				return methods.split(",").map((method, index) => `${method} ${uris[index]}`);
			});
			const understood = messages(trace, "request");
			expect(requests.filter((request) => !understood.includes(request))).toEqual([]);
			// Of a request whose content never ends, Wireshark shows the segments alone.
			expect(requests.length).toBeGreaterThan(understood.length * 0.8);
			const responses = await dissect(path, trace, "http.response", ["http.response.code"]);
			expect(responses.length).toBeGreaterThan(messages(trace, "response").length * 0.8);
		},
		120_000,
	);

	testWith("tshark", "dissects request and response, times and comments", async (path) => {
		const trace = idleTrace();
		const fields = [
			"frame.time_epoch",
			"ip.src",
			"tcp.dstport",
			"http.request.uri",
			"http.response.code",
			"frame.comment",
		];
		expect(await dissect(path, trace, "http", fields)).toEqual([
			expect.stringMatching(
				/^0\.005000000\t192\.0\.2\.1\t80\t\/api\/readings\t\thead, waits for head until 10\.003 s; /,
			),
			expect.stringMatching(/^0\.005000000\t192\.0\.2\.80\t49152\t\t200\tidle, waits for request until 15\.005 s; /),
		]);
		expect(await dissect(path, trace, "tcp.flags.syn == 1", ["tcp.options.mss_val"])).toEqual(["1460", "1460"]);
		expect(await dissect(path, trace, "tcp.flags.fin == 1", ["frame.time_epoch"])).toEqual([
			"15.005000000",
			"15.007000000",
		]);
	});
});

/** What a page measures of a picture. */
interface Measured {
	/** Texts that overlap, by pairs. */
	readonly overlaps: readonly string[];
	/** Texts that the picture cuts off. */
	readonly cutOff: readonly string[];
	/** Texts with less contrast than 4.5 : 1 (WCAG 2.2, success criterion 1.4.3). */
	readonly faint: readonly string[];
	readonly textCount: number;
}

/** Runs in the page. */
function measure(): Measured {
	type Point = readonly [x: number, y: number];
	const page = globalThis as unknown as {
		document: { documentElement: Element; querySelectorAll(s: string): Element[] };
	};
	interface Element {
		readonly textContent: string;
		getBBox(): { x: number; y: number; width: number; height: number };
		getScreenCTM(): { a: number; b: number; c: number; d: number; e: number; f: number };
		getBoundingClientRect(): { left: number; top: number; right: number; bottom: number };
		querySelector(selector: string): Element | null;
	}
	const { getComputedStyle } = globalThis as unknown as { getComputedStyle(of: Element): { fill: string } };

	function corners(text: Element): Point[] {
		const { x, y, width, height } = text.getBBox();
		const { a, b, c, d, e, f } = text.getScreenCTM();
		// The letters of a line of text, without the room above and below them.
		const [top, bottom] = [y + height * 0.2, y + height * 0.82];
		const box: Point[] = [
			[x, top],
			[x + width, top],
			[x + width, bottom],
			[x, bottom],
		];
		return box.map(([boxX, boxY]) => [a * boxX + c * boxY + e, b * boxX + d * boxY + f]);
	}

	/** Two convex shapes are apart when some edge of one has all of the other on its outer side. */
	function areApart(one: readonly Point[], other: readonly Point[]): boolean {
		return one.some(([x, y], index) => {
			const [nextX, nextY] = one[(index + 1) % one.length] as Point;
			return other.every(([px, py]) => (nextX - x) * (py - y) - (nextY - y) * (px - x) < 0.5);
		});
	}

	function luminance(colour: string): number {
		const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map((part) => {
			const value = Number(part) / 255;
			return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
		});
		return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
	}

	const picture = page.document.documentElement.getBoundingClientRect();
	const texts = [...page.document.querySelectorAll("text")];
	const shapes = texts.map(corners);
	const words = texts.map((text) => text.textContent);
	const overlaps: string[] = [];
	for (let one = 0; one < shapes.length; one += 1) {
		for (let other = 0; other < one; other += 1) {
			const [a, b] = [shapes[one] as Point[], shapes[other] as Point[]];
			if (!areApart(a, b) && !areApart(b, a)) overlaps.push(`${words[one]} | ${words[other]}`);
		}
	}
	const paper = luminance(getComputedStyle(page.document.querySelectorAll(".tl-paper")[0] as Element).fill);
	return {
		overlaps,
		cutOff: words.filter((_, index) =>
			(shapes[index] as Point[]).some(([x, y]) => x < 0 || y < 0 || x > picture.right || y > picture.bottom),
		),
		faint: words.filter((_, index) => {
			const ink = luminance(getComputedStyle(texts[index] as Element).fill);
			return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05) < 4.5;
		}),
		textCount: texts.length,
	};
}

describe("Chromium", () => {
	let browser: Browser | undefined;

	async function pageOf(path: string): Promise<Page> {
		browser ??= await chromium.launch({
			executablePath: path,
			args: ["--no-sandbox", "--disable-gpu", "--no-first-run"],
		});
		return browser.newPage();
	}

	afterAll(() => browser?.close());

	testWith(
		"chromium",
		"shows every label of a ladder: none over another, none cut off, none faint, on light and on dark",
		async (path) => {
			const page = await pageOf(path);
			let textCount = 0;
			const faults: unknown[] = [];
			for (const { name, sim } of simulated) {
				const file = join(folder, "ladder.svg");
				writeFileSync(file, ladder(sim.trace, { title: name }));
				await page.goto(`file://${file}`);
				for (const colorScheme of ["light", "dark"] as const) {
					await page.emulateMedia({ colorScheme });
					const measured = await page.evaluate(measure);
					const { overlaps, cutOff, faint } = measured;
					if ([...overlaps, ...cutOff, ...faint].length > 0)
						faults.push({ name, colorScheme, overlaps, cutOff, faint });
					textCount += measured.textCount;
				}
			}
			expect(faults).toEqual([]);
			expect(textCount).toBeGreaterThan(1000);
			await page.close();
		},
		240_000,
	);
});
