// What the tests see in place of vitest when they are bundled for another engine (bundle.ts): the part of it that they use.
// What is not known here throws, so that no check is passed over. Beside the results it keeps a hash of what was seen: of
// everything that went over virtual connections, and of every value that was expected to be something.

import { type Fingerprint, TraceHash } from "./trace-hash.js";

/** How a test ended. */
export interface ShimResult {
	readonly name: string;
	/** What it failed with; empty when it passed. */
	readonly failure: string;
	readonly hash: Fingerprint;
	/** The lines that were hashed, where they were asked for. */
	readonly lines: readonly string[];
}

type Body = () => unknown;
type EachBody = (...values: never[]) => unknown;

interface Entry {
	readonly name: string;
	readonly body: Body;
	readonly group: Group;
}

interface Group {
	readonly name: string;
	readonly parent: Group | null;
	readonly before: Body[];
	readonly after: Body[];
	readonly beforeAll: Body[];
	hasBegun: boolean;
}

const entries: Entry[] = [];
let group: Group = groupIn(null, "");
let trace = new TraceHash(false);

function groupIn(parent: Group | null, name: string): Group {
	return { name, parent, before: [], after: [], beforeAll: [], hasBegun: false };
}

function fullName(parent: Group, name: string): string {
	return parent.parent === null ? name : `${fullName(parent.parent, parent.name)} > ${name}`;
}

// ---- Definitions ----

export function describe(name: string, body: Body): void {
	const outer = group;
	group = groupIn(outer, name);
	body();
	group = outer;
}

export function test(name: string, body: Body): void {
	entries.push({ name: fullName(group, name), body, group });
}

describe.each = (cases: readonly unknown[]) => (name: string, body: EachBody) => {
	for (const values of cases.map(argumentsOf)) describe(titleOf(name, values), () => call(body, values));
};
test.each = (cases: readonly unknown[]) => (name: string, body: EachBody) => {
	for (const values of cases.map(argumentsOf)) test(titleOf(name, values), () => call(body, values));
};
export const it = test;

export function beforeEach(body: Body): void {
	group.before.push(body);
}

export function afterEach(body: Body): void {
	group.after.push(body);
}

export function beforeAll(body: Body): void {
	group.beforeAll.push(body);
}

function argumentsOf(one: unknown): readonly unknown[] {
	return Array.isArray(one) ? one : [one];
}

function call(body: EachBody, values: readonly unknown[]): unknown {
	return body(...(values as never[]));
}

function titleOf(name: string, values: readonly unknown[]): string {
	let index = 0;
	return name.replace(/%([sijd%])/g, (_, kind: string) => {
		if (kind === "%") return "%";
		const value = values[index];
		index += 1;
		if (kind === "s") return String(value);
		return kind === "j" ? JSON.stringify(value) : String(Number(value));
	});
}

// ---- Running ----

export function names(): string[] {
	return entries.map((entry) => entry.name);
}

/** Runs all tests, or only the one at `index`; keeps the lines of the trace where `keepsLines`. */
export async function run(index: number | null, keepsLines: boolean): Promise<ShimResult[]> {
	const results: ShimResult[] = [];
	for (const entry of index === null ? entries : entries.slice(index, index + 1)) {
		trace = new TraceHash(keepsLines);
		const unwatch = trace.watch();
		let failure = "";
		try {
			await begin(entry.group);
			await each(entry.group, (one) => one.before);
			await entry.body();
			await each(entry.group, (one) => one.after);
		} catch (error) {
			failure = error instanceof Error ? `${error.name}: ${error.message}\n${error.stack ?? ""}` : String(error);
		}
		unwatch();
		results.push({ name: entry.name, failure, hash: trace.fingerprint, lines: trace.lines });
	}
	return results;
}

async function begin(one: Group): Promise<void> {
	if (one.parent !== null) await begin(one.parent);
	if (one.hasBegun) return;
	one.hasBegun = true;
	for (const body of one.beforeAll) await body();
}

async function each(one: Group, select: (from: Group) => readonly Body[]): Promise<void> {
	if (one.parent !== null) await each(one.parent, select);
	for (const body of select(one)) await body();
}

// ---- Functions that remember their calls ----

interface Mock {
	(...values: unknown[]): undefined;
	readonly mock: { readonly calls: readonly (readonly unknown[])[] };
}

// By the function, not in it: an app that is frozen takes what belongs to it along.
const callsOf = new WeakMap<object, unknown[][]>();

export const vi = {
	fn(): Mock {
		const calls: unknown[][] = [];
		const mock = (...values: unknown[]): undefined => {
			calls.push(values);
			return undefined;
		};
		Object.defineProperty(mock, "mock", { get: () => ({ calls }) });
		callsOf.set(mock, calls);
		return mock as Mock;
	},
};

function calls(value: unknown): unknown[][] {
	const found = callsOf.get(value as object);
	if (found === undefined) throw new Error("no function of vi.fn");
	return found;
}

// ---- Expectations ----

/** Stands for any instance of a class. */
class AnyInstance {
	readonly of: abstract new (
		...values: never[]
	) => unknown;

	constructor(of: abstract new (...values: never[]) => unknown) {
		this.of = of;
	}

	matches(value: unknown): boolean {
		if (this.of === (String as unknown)) return typeof value === "string";
		if (this.of === (Number as unknown)) return typeof value === "number";
		if (this.of === (Function as unknown)) return typeof value === "function";
		return value instanceof this.of;
	}
}

const UNKNOWN_INSIDE = [Map, Set, Date, RegExp, Promise, ArrayBuffer];

/** Whether two values are the same, to their innermost; properties that are undefined count as absent. */
function isEqual(one: unknown, other: unknown): boolean {
	if (other instanceof AnyInstance) return other.matches(one);
	if (Object.is(one, other)) return true;
	if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
	if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) {
		if (Array.isArray(one) !== Array.isArray(other) || ArrayBuffer.isView(one) !== ArrayBuffer.isView(other))
			return false;
		if (ArrayBuffer.isView(one)) return false;
	}
	if (one instanceof Error || other instanceof Error) {
		return one instanceof Error && other instanceof Error && one.name === other.name && one.message === other.message;
	}
	if (UNKNOWN_INSIDE.some((of) => one instanceof of || other instanceof of)) {
		throw new Error("what holds more than properties is not compared here: see vitest-shim.ts");
	}
	if (Array.isArray(one) && one.length !== (other as unknown[]).length) return false;
	const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
	for (const key of keys) {
		if (!isEqual((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key])) return false;
	}
	return true;
}

/** Whether `value` has all that `pattern` has. */
function matchesObject(value: unknown, pattern: unknown): boolean {
	if (Array.isArray(pattern)) {
		return (
			Array.isArray(value) &&
			value.length === pattern.length &&
			pattern.every((inner, index) => matchesObject(value[index], inner))
		);
	}
	if (typeof pattern !== "object" || pattern === null || pattern instanceof AnyInstance) return isEqual(value, pattern);
	if (Object.getPrototypeOf(pattern) !== Object.prototype) return isEqual(value, pattern);
	if (typeof value !== "object" || value === null) return false;
	return Object.entries(pattern).every(([key, inner]) => matchesObject((value as Record<string, unknown>)[key], inner));
}

function thrownBy(body: unknown): { readonly error: unknown } | null {
	try {
		(body as Body)();
	} catch (error) {
		return { error };
	}
	return null;
}

function isThrown(thrown: { readonly error: unknown } | null, wanted: unknown): boolean {
	if (thrown === null) return false;
	if (wanted === undefined) return true;
	const { error } = thrown;
	const message = error instanceof Error ? error.message : String(error);
	if (typeof wanted === "string") return message.includes(wanted);
	if (wanted instanceof RegExp) return wanted.test(message);
	if (typeof wanted === "function") return error instanceof wanted;
	throw new Error("toThrow is given something unknown here");
}

function isIn(value: unknown, item: unknown): boolean {
	if (typeof value === "string") return value.includes(item as string);
	return [...(value as Iterable<unknown>)].includes(item);
}

type Matcher = (actual: unknown, wanted: never) => boolean;

const MATCHERS = {
	toBe: (actual, wanted: unknown) => Object.is(actual, wanted),
	toEqual: isEqual,
	toMatchObject: matchesObject,
	toBeUndefined: (actual) => actual === undefined,
	toBeNull: (actual) => actual === null,
	toBeGreaterThan: (actual, wanted: number) => (actual as number) > wanted,
	toBeGreaterThanOrEqual: (actual, wanted: number) => (actual as number) >= wanted,
	toBeLessThan: (actual, wanted: number) => (actual as number) < wanted,
	toBeLessThanOrEqual: (actual, wanted: number) => (actual as number) <= wanted,
	toBeInstanceOf: (actual, wanted: abstract new () => unknown) => actual instanceof wanted,
	toContain: isIn,
	toHaveLength: (actual, wanted: number) => (actual as { length: number }).length === wanted,
	toMatch: (actual, wanted: RegExp | string) =>
		typeof wanted === "string" ? (actual as string).includes(wanted) : wanted.test(actual as string),
	toThrow: (actual, wanted: unknown) => isThrown(thrownBy(actual), wanted),
	toHaveBeenCalled: (actual) => calls(actual).length > 0,
	toHaveBeenCalledTimes: (actual, wanted: number) => calls(actual).length === wanted,
} satisfies Record<string, Matcher>;

type Expectation = { readonly [Name in keyof typeof MATCHERS]: (wanted?: unknown) => void } & {
	readonly not: Expectation;
};

function expectation(actual: unknown, isNegated: boolean, context: string): Expectation {
	const handler: ProxyHandler<object> = {
		get(_target, name) {
			if (name === "not") return expectation(actual, !isNegated, context);
			const matcher = (MATCHERS as Record<string, (actual: unknown, wanted: unknown) => boolean>)[String(name)];
			if (matcher === undefined) throw new Error(`expect has no ${String(name)} here: see vitest-shim.ts`);
			return (wanted: unknown) => {
				if (typeof actual !== "function") trace.see(`expect ${TraceHash.show(actual)}`);
				if (matcher(actual, wanted) !== isNegated) return;
				const what = `${TraceHash.show(actual)} ${isNegated ? "not " : ""}${String(name)} ${TraceHash.show(wanted)}`;
				throw new Error(`expected ${context}${what}`);
			};
		},
	};
	return new Proxy({}, handler) as Expectation;
}

export function expect(actual: unknown, context = ""): Expectation {
	return expectation(actual, false, context === "" ? "" : `(${context}) `);
}

expect.any = (of: abstract new (...values: never[]) => unknown) => new AnyInstance(of);
