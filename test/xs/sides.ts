// The two sides that are held against each other: a script on V8, in a realm of its own that has no more than XS has, and
// on XS. For the tests on XS.

import { createContext, Script } from "node:vm";
import { describe, test } from "vitest";
import { bundle, type Flavour, GLOBAL } from "./bundle.js";
import { findEngine } from "./engine.mjs";
import { XsMachine } from "./machine.mjs";

const SHOWN_BEFORE = 3;
const SHOWN_LENGTH = 400;

/** An engine that has loaded a bundle. */
export interface Side {
	/** Calls a function that the bundle exports; what it returns or promises has to be JSON. */
	call<Result>(name: string, ...values: readonly unknown[]): Promise<Result>;
	close(): Promise<void>;
}

function callOf(name: string, values: readonly unknown[]): string {
	return `${GLOBAL}.${name}(${values.map((value) => JSON.stringify(value)).join()})`;
}

/** A realm on V8 with the language, and of the host only what xsnap-worker has too. */
export function onV8(script: string): Side {
	const context = createContext({ TextEncoder, setImmediate });
	new Script(script).runInContext(context);
	return {
		async call(name, ...values) {
			const value: unknown = await new Script(callOf(name, values)).runInContext(context);
			return JSON.parse(JSON.stringify(value ?? null));
		},
		async close() {},
	};
}

/** A machine on XS. Where the bundle's flavour is "preloaded", the engine's built-ins are frozen once it is loaded. */
export async function onXs(script: string, flavour: Flavour): Promise<Side> {
	const machine = new XsMachine(findEngine().worker);
	const side: Side = {
		async call(name, ...values) {
			const { result } = await machine.evaluate(`(() => {
				const box = {};
				const put = (outcome) => { box.result = new TextEncoder().encode(JSON.stringify(outcome)).buffer; };
				(async () => ${callOf(name, values)})().then(
					(value) => put({ value: value ?? null }),
					(error) => put({ error: String(error) }),
				);
				return box;
			})()`);
			if (result === "") throw new Error(`${name} on XS waits for a promise that nobody settles`);
			const { value, error } = JSON.parse(result);
			if (error !== undefined) throw new Error(`on XS: ${error}`);
			return value;
		},
		close: () => machine.close(),
	};
	await machine.evaluate(script);
	if (flavour === "preloaded") await side.call("freezeBuiltIns");
	return side;
}

/** Evaluates a module on XS, and calls its export `main`. */
export async function mainOnXs<Result>(contents: string, flavour: Flavour): Promise<Result> {
	const side = await onXs(await bundle(contents, flavour), flavour);
	try {
		return await side.call<Result>("main");
	} finally {
		await side.close();
	}
}

/**
 * `describe` for what needs XS. Where there is none it says why and is skipped; where CI=true it fails, so that a machine
 * without XS cannot pass for one on which all is well.
 */
export async function describeOnXs(title: string, body: () => Promise<void>): Promise<void> {
	const { isBuilt, reason } = findEngine();
	if (isBuilt) {
		await body();
		return;
	}
	describe(title, () => {
		if (process.env.CI !== "true") {
			console.log(`skipped, since there is no XS engine (${reason}): ${title}`);
			test.skip(title, () => {});
			return;
		}
		test(title, () => {
			throw new Error(`there is no XS engine: ${reason}`);
		});
	});
}

/** Where two traces begin to differ, with some lines before. */
export function firstDifference(v8: readonly string[], xs: readonly string[]): string {
	const length = Math.max(v8.length, xs.length);
	let at = 0;
	while (at < length && v8[at] === xs[at]) at += 1;
	if (at === length) return "the traces differ no more when they are taken once again";
	const show = (line: string | undefined) =>
		line === undefined ? "nothing" : JSON.stringify(line).slice(0, SHOWN_LENGTH);
	const before = v8.slice(Math.max(0, at - SHOWN_BEFORE), at).map((line) => `       ${show(line)}`);
	return [`line ${at + 1} of the trace:`, ...before, `  V8:  ${show(v8[at])}`, `  XS:  ${show(xs[at])}`].join("\n");
}
