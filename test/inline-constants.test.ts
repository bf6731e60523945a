// Numbers in the place of constants, as firmware gets them (tools/inline-constants.mjs).

import { describe, expect, test } from "vitest";
import { inlineConstants } from "../tools/inline-constants.mjs";

/** The lines that are left. */
function lines(code: string): string[] {
	return inlineConstants(code)
		.split("\n")
		.filter((line) => line !== "");
}

describe("a number", () => {
	test("stands where its name stood, and its declaration is gone", () => {
		expect(lines("const CR = 13;\nf(CR, [CR], x === CR);")).toEqual([
			"f((13 /* CR */), [(13 /* CR */)], x === (13 /* CR */));",
		]);
	});

	test.each([
		["-1", "-1"],
		["LF + 3", "13"],
		["LF - 3", "7"],
		["2 * LF", "20"],
		["1 << 4", "16"],
		["1 | 8", "9"],
		["LF & 2", "2"],
		["-(LF + 1)", "-11"],
		["LF", "10"],
	])("can be made of others: %s", (value, text) => {
		expect(lines(`const LF = 10;\nconst ONE = ${value};\nf(ONE);`)).toEqual([`f((${text} /* ONE */));`]);
	});

	test("goes with the comments that speak of it alone", () => {
		const code = "// All.\n/** One. */\nconst CR = 13; // the first\n/** f. */\nf(CR);";
		expect(lines(code)).toEqual(["// All.", "/** f. */", "f((13 /* CR */));"]);
	});

	test("that is exported is declared all the same", () => {
		const code = "const CR = 13;\nconst LF = 10;\nf(CR, LF);\nexport { CR };";
		expect(lines(code)).toEqual(["const CR = 13;", "f((13 /* CR */), (10 /* LF */));", "export { CR };"]);
		expect(lines("export const CR = 13;\nf(CR);")).toEqual(["export const CR = 13;", "f((13 /* CR */));"]);
	});

	test("is the value of a property that had its name", () => {
		expect(lines("const CR = 13;\nf({ CR, LF: CR });")).toEqual(["f({ CR: 13 /* CR */, LF: (13 /* CR */) });"]);
	});

	test("can stand in any place: behind a keyword, before a point", () => {
		const code = inlineConstants("const CR=1;function f(x){switch(x){case CR:return CR}return x?CR.toFixed(CR):-CR}");
		const one = "(1 /* CR */)";
		expect(code).toBe(`function f(x){switch(x){case ${one}:return ${one}}return x?${one}.toFixed(${one}):-${one}}`);
	});
});

describe("a name is left as it is", () => {
	test.each([
		["of a property", "f(a.CR, { CR: 1 }); class X { CR = 1; get CR() {} }"],
		["of a label", "CR: for (;;) break CR;"],
	])("that is one %s", (_what, code) => {
		expect(lines(`const CR = 13;\n${code}`)).toEqual([code]);
	});

	test("but not where another module has one of that name", () => {
		const code = 'import { CR as CR$1 } from "x";\nf(CR$1);';
		expect(inlineConstants(`const CR = 13;\n${code}\nf(CR);`)).toBe(`\n${code}\nf((13 /* CR */));`);
	});

	test.each(['import { CR as CR$1 } from "x";', 'export { CR as CR$1 } from "x";', 'export * as CR from "x";'])(
		"but not in %s",
		(code) => {
			expect(inlineConstants(`const CR = 13;\n${code}\nf(CR);`)).toContain(`${code}\nf((13`);
		},
	);

	test.each([
		["a parameter", "function f(CR) { return CR; }"],
		["a variable", "function f() { let CR = 1; return CR; }"],
		["part of a pattern", "function f({ a: [CR = 1] }, ...b) { return CR; }"],
		["a shorthand pattern", "function f() { const { CR } = x; return CR; }"],
		["the rest", "function f(...CR) { return CR; }"],
		["what was thrown", "try { f(); } catch (CR) { f(CR); }"],
		["a function", "{ function CR() {} CR(); }"],
		["a class", "{ class CR {} f(CR); }"],
	])("where %s has it", (_what, code) => {
		const whole = `const CR = 13;\n${code}`;
		expect(inlineConstants(whole)).toBe(whole);
	});

	test.each([
		["is no number", "const CR = '13';\nf(CR);"],
		["is computed", "const CR = g();\nf(CR);"],
		["is −0", "const CR = -0;\nf(CR);"],
		["is none for all time", "var CR = 13;\nCR = 14;\nf(CR);"],
		["is counted up", "let CR = 13;\nCR += 1;\nCR++;\nf(CR);"],
		["is none of the module's top", "function g() { const CR = 13; return CR; }"],
		["comes from elsewhere", 'import { CR } from "x";\nf(CR);'],
	])("whose variable %s", (_what, code) => {
		expect(inlineConstants(code)).toBe(code);
	});
});
