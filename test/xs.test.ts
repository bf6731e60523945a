// The tests of the server on XS, the engine of the devices, from the very files that vitest runs on V8: twice, as the
// package is published and with every module frozen as preload freezes it. Each test has to pass there and to leave the
// same trace as on V8: every octet that a client received, every call between server and platform, every value looked at.

import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { bundle, bundleTests, type Flavour } from "./xs/bundle.js";
import { describeOnXs, firstDifference, mainOnXs, onV8, onXs, type Side } from "./xs/sides.js";
import * as coders from "./xs/text-coders.js";
import type { ShimResult } from "./xs/vitest-shim.js";

/** Every test file that needs no more than the language and the platform in virtual time. */
const FILES = [
	"auth",
	"conditional",
	"content",
	"cookies",
	"date",
	"deadlines",
	"detach",
	"events",
	"forms",
	"guards",
	"handlers",
	"files",
	"limits",
	"metrics",
	"middleware",
	"misuse",
	"multipart",
	"names",
	"path",
	"persistence",
	"picture",
	"pieces",
	"pool",
	"preconditions",
	"request",
	"resources",
	"redirects",
	"response",
	"router",
	"sessions",
	"shutdown",
	"straight",
	"text",
	"update",
	"uploads",
].map((name) => `${name}.test.ts`);

const FLAVOURS: readonly Flavour[] = ["dist", "preloaded"];
const TIMEOUT_MS = 300_000;

/** The outcome of a file's tests on V8, and on XS in each flavour. */
interface Outcome {
	readonly v8: Side;
	readonly onV8: readonly ShimResult[];
	readonly xs: ReadonlyMap<Flavour, { readonly side: Side; readonly results: readonly ShimResult[] }>;
}

async function runOnXs(file: string, flavour: Flavour) {
	const side = await onXs(await bundleTests(file, flavour), flavour);
	return { side, results: await side.call<ShimResult[]>("run", null, false) };
}

async function outcomeOf(file: string, v8: Side): Promise<Outcome> {
	// The machines are processes of their own, and work side by side.
	const machines = await Promise.all(FLAVOURS.map((flavour) => runOnXs(file, flavour)));
	const xs = new Map(FLAVOURS.map((flavour, index) => [flavour, machines[index] as (typeof machines)[number]]));
	return { v8, onV8: await v8.call<ShimResult[]>("run", null, false), xs };
}

/** Throws Error when a test failed on XS, or left another trace than on V8. */
async function compare({ v8, onV8: known, xs }: Outcome, flavour: Flavour, index: number): Promise<void> {
	const machine = xs.get(flavour);
	const [one, other] = [known[index], machine?.results[index]];
	if (machine === undefined || one === undefined || other === undefined) throw new Error("the test was not run");
	if (one.failure !== "") throw new Error(`fails on V8 too, without vitest: ${one.failure}`);
	if (other.failure !== "") throw new Error(`on XS: ${other.failure}`);
	if (one.hash === other.hash) return;
	const [[again], [otherAgain]] = await Promise.all([
		v8.call<ShimResult[]>("run", index, true),
		machine.side.call<ShimResult[]>("run", index, true),
	]);
	throw new Error(`not the same as on V8, ${firstDifference(again?.lines ?? [], otherAgain?.lines ?? [])}`);
}

await describeOnXs("the tests of the server on XS", async () => {
	for (const file of FILES) {
		const v8 = onV8(await bundleTests(file, "src"));
		const names = await v8.call<string[]>("names");
		describe(file, () => {
			let outcome: Promise<Outcome>;

			beforeAll(async () => {
				outcome = outcomeOf(file, v8);
				const { xs } = await outcome;
				return async () => {
					for (const { side } of xs.values()) await side.close();
				};
			}, TIMEOUT_MS);

			for (const flavour of FLAVOURS) {
				describe(flavour, () => {
					test("has all its tests", async () => {
						expect(names.length).toBeGreaterThan(0);
						expect((await outcome).xs.get(flavour)?.results.map((one) => one.name)).toEqual(names);
					});

					for (const [index, name] of names.entries()) {
						test(name, async () => compare(await outcome, flavour, index));
					}
				});
			}
		});
	}

	describe("what is preloaded", () => {
		/** What comes of some code that has the server's modules at hand. */
		const outcome = (code: string, flavour: Flavour = "preloaded") =>
			mainOnXs<string>(
				`import { TOKEN_LOWER } from "./src/octets/classes.ts";
				import { DEFAULT_LIMITS } from "./src/limits.ts";
				import { RequestError } from "./src/server/host.ts";
				import { defineApp, prebuild } from "./src/index.js";
				export function main() { try { ${code}; return "written"; } catch (error) { return error.name; } }`,
				flavour,
			);

		test.each([
			["an octet of a table", "TOKEN_LOWER[0] = 7"],
			["a table, by a method", "TOKEN_LOWER.fill(7)"],
			["a table, through another view", "new Uint8Array(TOKEN_LOWER.buffer)[0] = 7"],
			["an object", "DEFAULT_LIMITS.connections = 7"],
			["a class", "RequestError.other = 7"],
			["a prototype", "RequestError.prototype.other = 7"],
			["a function", "prebuild.other = 7"],
			["a built-in", "Array.prototype.other = 7"],
			["an app", "defineApp({ routes: {} }).router = 7"],
			["what an app holds", "const one = prebuild({}); defineApp({ routes: { 'GET /': one } }); one.head[0] = 7"],
		])("%s is immutable", async (_what, code) => {
			expect(await outcome(code)).toBe("TypeError");
		});

		test("a table is not immutable without", async () => {
			expect(await outcome("TOKEN_LOWER[0] = 7", "src")).toBe("written");
		});
	});

	describe("these tests see", () => {
		const failing = `import { expect, test, vi } from "vitest";
			import { serve, request } from "./test/support/exchange.js";
			const ask = () => {
				const client = serve({ routes: { "GET /": (_, response) => response.text(globalThis.print === undefined ? "V" : "X") } }).connect();
				client.send(request("GET /"));
			};
			test("passes", ask);
			test("wrong", () => expect(1).toBe(2));
			test("late", async () => { await undefined; expect([1, { a: 2 }]).toEqual([1, { a: 3 }]); });
			test("unknown", () => expect(1).toBeTruthy());
			test("negated", () => expect("abc").not.toMatch(/b/));
			test("called", () => expect(vi.fn()).toHaveBeenCalled());
			test("quiet", () => expect(() => {}).toThrow());
			export { run } from "./test/xs/vitest-shim.ts";`;

		test("what fails, and what nobody knows", async () => {
			const script = await bundle(failing, "src");
			const xs = await onXs(script, "src");
			for (const side of [onV8(script), xs]) {
				const results = await side.call<ShimResult[]>("run", null, false);
				expect(results.filter((one) => one.failure === "").map((one) => one.name)).toEqual(["passes"]);
				expect(results.find((one) => one.name === "unknown")?.failure).toContain("expect has no toBeTruthy here");
			}
			await xs.close();
		});

		test("a single octet that is another on XS", async () => {
			const script = await bundle(failing, "src");
			const sides = [onV8(script), await onXs(script, "src")] as const;
			const [one, other] = await Promise.all(sides.map((side) => side.call<ShimResult[]>("run", 0, true)));
			expect(one?.[0]?.hash).not.toBe(other?.[0]?.hash);
			expect(firstDifference(one?.[0]?.lines ?? [], other?.[0]?.lines ?? [])).toMatch(
				/V8: {2}"write .*V"\n {2}XS: {2}"write .*X"$/,
			);
			await sides[1].close();
		});

		test("a promise that nobody settles, and a machine that aborts", async () => {
			await expect(mainOnXs("export const main = () => new Promise(() => {});", "src")).rejects.toThrow(
				"waits for a promise",
			);
			await expect(mainOnXs("export const main = () => 1 + main();", "src")).rejects.toThrow("XS ended with");
		});
	});
});

test("the coders that bundles are given are the host's", () => {
	const options = [{ ignoreBOM: true }, { fatal: true, ignoreBOM: true }];
	const outcome = (decode: () => string) => {
		try {
			return decode();
		} catch (error) {
			return (error as Error).name;
		}
	};
	fc.assert(
		fc.property(
			fc.string({ unit: "binary" }),
			fc.uint8Array(),
			fc.constantFrom(0x41, 0xe0, 0xf0, 0xf4),
			(text, tail, lead) => {
				const some = `${text.slice(1)}\ud800${text}\udc00`;
				expect([...new coders.TextEncoder().encode(some)]).toEqual([...new TextEncoder().encode(some)]);
				const octets = Uint8Array.of(...new TextEncoder().encode(text), lead, ...tail);
				for (const option of options) {
					expect(outcome(() => new coders.TextDecoder("utf-8", option).decode(octets))).toBe(
						outcome(() => new TextDecoder("utf-8", option).decode(octets)),
					);
				}
			},
		),
	);
});
