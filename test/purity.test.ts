// What a module of `src` must keep to, so that it names no platform and can live in flash: parsed and looked at, module by
// module, and loaded to see that what it defines is frozen.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";
import { parseAst } from "rollup/parseAst";
import { describe, expect, test } from "vitest";

const SOURCE = fileURLToPath(new URL("../src", import.meta.url));

/** All modules of `src`, by their path in it. */
const FILES = readdirSync(SOURCE, { recursive: true })
	.map(String)
	.filter((name) => name.endsWith(".ts"))
	.sort();

/** The language itself, as XS has it without asking a host. */
const LANGUAGE = new Set([
	..."Array ArrayBuffer DataView Error Float64Array Infinity Int32Array JSON Map Math NaN Number Object".split(" "),
	..."Promise RangeError Set String Symbol TypeError Uint16Array Uint8Array WeakMap undefined".split(" "),
]);

interface Node {
	readonly type: string;
	readonly [key: string]: unknown;
}

function isNode(value: unknown): value is Node {
	return typeof value === "object" && value !== null && typeof (value as Node).type === "string";
}

function childrenOf(node: Node): Node[] {
	return Object.values(node)
		.flatMap((value): unknown[] => (Array.isArray(value) ? value : [value]))
		.filter(isNode);
}

/** Calls `visit` for each node below, with its parent; `visit` returns false to go no deeper. */
function walk(node: Node, visit: (node: Node, parent: Node) => boolean): void {
	for (const child of childrenOf(node)) if (visit(child, node)) walk(child, visit);
}

/** The module without its types. */
function parse(text: string): Node {
	const { code } = transformSync(text, {
		loader: "ts",
		target: "es2022",
		tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
	});
	return parseAst(code) as unknown as Node;
}

function isName(node: Node, parent: Node): boolean {
	if (node.type !== "Identifier") return false;
	if (parent.type === "MemberExpression") return parent.object === node || parent.computed === true;
	if (parent.type === "Property" || parent.type === "MethodDefinition" || parent.type === "PropertyDefinition") {
		return parent.value === node || parent.computed === true;
	}
	return !["ImportSpecifier", "ExportSpecifier", "LabeledStatement", "BreakStatement", "ContinueStatement"].includes(
		parent.type,
	);
}

/** The names a pattern binds. */
function boundBy(pattern: unknown): string[] {
	if (!isNode(pattern)) return [];
	if (pattern.type === "Identifier") return [pattern.name as string];
	if (pattern.type === "Property") return boundBy(pattern.value);
	if (pattern.type === "AssignmentPattern") return boundBy(pattern.left);
	return childrenOf(pattern).flatMap(boundBy);
}

/** Names that are used and that the module declares nowhere, in whatever scope. */
function freeNames(module: Node): string[] {
	const declared = new Set<string>();
	const used = new Set<string>();
	walk(module, (node, parent) => {
		const { type } = node;
		if (type === "VariableDeclarator") for (const name of boundBy(node.id)) declared.add(name);
		if (type === "CatchClause") for (const name of boundBy(node.param)) declared.add(name);
		if (/^(Function|Class)/.test(type) || type === "ArrowFunctionExpression") {
			for (const name of [node.id, ...((node.params as unknown[]) ?? [])].flatMap(boundBy)) declared.add(name);
		}
		if (/^Import.*Specifier$/.test(type)) for (const name of boundBy(node.local)) declared.add(name);
		if (isName(node, parent)) used.add(node.name as string);
		return true;
	});
	return [...used].filter((name) => !declared.has(name));
}

const FUNCTIONS = ["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"];

/** What a module does when it is loaded that it must not: one line for each. */
function impurities(text: string): string[] {
	const module = parse(text);
	const found: string[] = [];
	for (const name of freeNames(module)) if (!LANGUAGE.has(name)) found.push(`names ${name}`);
	for (const statement of module.body as Node[]) {
		const declared = isNode(statement.declaration) ? statement.declaration : statement;
		if (declared.type === "VariableDeclaration" && declared.kind !== "const")
			found.push(`${declared.kind} at its top level`);
		const isExported = /^Export/.test(statement.type);
		if (isExported && declared.generator === true) found.push("exports a generator");
		if (isNode(statement.source) && !String(statement.source.value).startsWith(".")) {
			found.push(`imports ${statement.source.value}`);
		}
		if (declared.type === "ExpressionStatement") found.push("does something when it is loaded");
	}
	walk(module, (node) => {
		if (node.type === "ImportExpression") found.push("imports at run time");
		return true;
	});
	walk(module, (node) => {
		if (FUNCTIONS.includes(node.type)) return false;
		if (node.type === "Literal" && node.regex !== undefined) {
			const { flags } = node.regex as { flags: string };
			if (/[gy]/.test(flags)) found.push(`a /${flags} regular expression at its top level`);
		}
		if (node.type === "PropertyDefinition") {
			if (node.static === true) found.push("a static field");
			// An instance's field is made when the instance is.
			return false;
		}
		return true;
	});
	return found;
}

/** How each name is bound that is local to a function, the functions in it left out. */
function localsOf(scope: Node): Map<string, string> {
	const locals = new Map<string, string>();
	walk(scope.body as Node, (node) => {
		if (node.type === "VariableDeclaration") {
			const names = (node.declarations as Node[]).flatMap(({ id }) => boundBy(id));
			for (const name of names) locals.set(name, node.kind as string);
		}
		return !FUNCTIONS.includes(node.type);
	});
	for (const name of (scope.params as Node[]).flatMap(boundBy)) locals.set(name, "parameter");
	return locals;
}

/** The name under which a function is a handler: as a property of an object, or set in a constructor. */
function handlerName(node: Node, parent: Node): string | null {
	if (!FUNCTIONS.includes(node.type)) return null;
	const left = parent.type === "AssignmentExpression" ? (parent.left as Node).property : null;
	const { name } = ((parent.type === "Property" ? parent.key : left) ?? {}) as { name?: string };
	return name !== undefined && /^on[A-Z]/.test(name) ? name : null;
}

/** What the handlers that a module makes hold of the functions around them and is no constant: one line for each. */
function heldVariables(text: string): string[] {
	const found: string[] = [];
	const enter = (scope: Node, outer: readonly ReadonlyMap<string, string>[]) => {
		const scopes = FUNCTIONS.includes(scope.type) ? [localsOf(scope), ...outer] : outer;
		walk(scope, (node, parent) => {
			if (!FUNCTIONS.includes(node.type)) return true;
			const handler = handlerName(node, parent);
			for (const name of handler === null ? [] : freeNames(node)) {
				const kind = scopes.map((locals) => locals.get(name)).find((one) => one !== undefined);
				if (kind !== undefined && kind !== "const") found.push(`${handler} holds the ${kind} ${name}`);
			}
			enter(node, scopes);
			return false;
		});
	};
	enter(parse(text), []);
	return found;
}

describe("every module of src", () => {
	// In flash a handler's variables cost the RAM of a pointer each, unless they are constants.
	test.each(FILES)("%s makes handlers that hold constants only", (file) => {
		expect(heldVariables(readFileSync(join(SOURCE, file), "utf8"))).toEqual([]);
	});

	test.each(FILES)("%s names no platform and only defines", (file) => {
		expect(impurities(readFileSync(join(SOURCE, file), "utf8"))).toEqual([]);
	});

	test.each(FILES)("%s imports nothing from outside src", (file) => {
		const text = readFileSync(join(SOURCE, file), "utf8");
		for (const [, from] of text.matchAll(/from "([^"]+)"/g)) {
			const target = relative(SOURCE, join(dirname(join(SOURCE, file)), from ?? ""));
			expect(target.startsWith("..")).toBe(false);
		}
	});

	test("is small enough to read in one sitting", () => {
		const long = FILES.map(
			(file) => [file, readFileSync(join(SOURCE, file), "utf8").split("\n").length] as const,
		).filter(([, lines]) => lines > 700);
		expect(long).toEqual([]);
	});

	test("begins by saying what it is for", () => {
		for (const file of FILES) expect(readFileSync(join(SOURCE, file), "utf8"), file).toMatch(/^\/\/ \S/);
	});
});

describe("this test itself sees", () => {
	test.each([
		["setTimeout(() => {}, 1)", "names setTimeout"],
		["export const f = () => console.log(1)", "names console"],
		["export const f = () => process.exit()", "names process"],
		["export const f = () => Buffer.alloc(1)", "names Buffer"],
		["export const f = () => new TextDecoder()", "names TextDecoder"],
		["export const f = () => new URL('a:')", "names URL"],
		["export const f = () => performance.now()", "names performance"],
		["export const f = () => Date.now()", "names Date"],
		["export const f = () => globalThis.x", "names globalThis"],
		["export const f = () => eval('1')", "names eval"],
		["import { x } from 'node:fs'; export const f = () => x", "imports node:fs"],
		["export const f = () => import('./x.js')", "imports at run time"],
		["let a = 1; export const f = () => a++", "let at its top level"],
		["export let a = 1", "let at its top level"],
		["enum A { b }; export const f = () => A.b", "var at its top level"],
		["export const a = /x/g", "a /g regular expression at its top level"],
		["export const a = { b: [/x/y] }", "a /y regular expression at its top level"],
		["export class A { static b = 1 }", "a static field"],
		["export function* f() { yield 1 }", "exports a generator"],
		["const a = new Map(); a.set(1, 2); export const f = () => a", "does something when it is loaded"],
	])("%s", (text, expected) => {
		expect(impurities(text)).toContain(expected);
	});

	test.each([
		["const f = (a) => ({ onRequest: () => a })", "onRequest holds the parameter a"],
		["function f({ a }) { return { onReadable() { return a; } }; }", "onReadable holds the parameter a"],
		["function f(a) { return { onDone: (b) => g(() => a + b) }; }", "onDone holds the parameter a"],
		["class A { constructor(a) { this.onRequest = () => a; } }", "onRequest holds the parameter a"],
		["function f() { let a = 1; return () => ({ onError: () => a }); }", "onError holds the let a"],
	])("%s", (text, expected) => {
		expect(heldVariables(text)).toEqual([expected]);
	});

	test.each([
		"const f = (a) => { const b = a; return { onRequest: () => b }; }",
		"const f = (a) => ({ a: a + 1, onRequest: (a) => { let b = a; b += 1; return b; } })",
	])("constants in %s", (text) => {
		expect(heldVariables(text)).toEqual([]);
	});

	test.each([
		"export const f = (text: string) => text.replace(/x/g, 'y')",
		"export const f = (object: { process: number; Date: number }) => object.process + object.Date",
		"export const f = (console: string): string => console",
		"// setTimeout\nexport const text = 'process.exit()'",
		"export const f = () => { let a = 1; a += 1; return a; }",
		"export type T = typeof globalThis; export interface Buffer { URL: string }",
	])("no harm in %s", (text) => {
		expect(impurities(text)).toEqual([]);
	});
});

describe("what the modules define at their top level", () => {
	/** The paths of what is not frozen in `value`; typed arrays cannot be, and the linker makes them immutable itself. */
	function unfrozen(value: unknown, path: string, seen: Set<unknown>): string[] {
		if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || seen.has(value)) return [];
		seen.add(value);
		const own = Object.isFrozen(value) ? [] : [path];
		return [...own, ...Object.entries(value).flatMap(([key, inner]) => unfrozen(inner, `${path}.${key}`, seen))];
	}

	test.each(FILES)("%s: objects are frozen, to their innermost", async (file) => {
		const module: object = await import(/* @vite-ignore */ join(SOURCE, file));
		for (const [name, value] of Object.entries(module)) expect(unfrozen(value, name, new Set())).toEqual([]);
	});

	test("an app is frozen, so that it can live in flash with its routes", async () => {
		const { defineApp, prebuild } = await import("../src/index.js");
		const app = defineApp({
			limits: { connections: 2 },
			fields: ["X-A"],
			errors: { 404: prebuild({ status: 404, content: "none" }) },
			routes: {
				"GET /": (_request, response) => response.text("x"),
				"GET /made": prebuild({ content: "x", fields: { "X-A": "1" } }),
				"PUT /:name/*rest": { onReadable: () => {}, contentLengthMax: 10 },
			},
		});
		expect(unfrozen(app, "app", new Set())).toEqual([]);
	});

	test("the entry exports what an app needs, and nothing of the machinery", async () => {
		const entry = await import("../src/index.js");
		expect(Object.keys(entry).sort()).toEqual(
			[
				"DEFAULT_LIMITS",
				"LENGTH_UNKNOWN",
				"RequestError",
				"Server",
				"completeLimits",
				"defineApp",
				"memoryCost",
				"prebuild",
				"prebuildFields",
			].sort(),
		);
	});
});
