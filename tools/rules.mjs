// Shows that the corpus needs every rule: each is taken out of a copy of src, one after the other, and at least one case
// has to fail (whole segmentation only). Run by hand (`node tools/rules.mjs`) and by test/rules.test.ts.
//
//     node tools/rules.mjs [--json] [--only TEXT]
//
// A rule is a place where a module of src/message or src/connection refuses: a condition in front of it is made false, a
// choice takes its other branch, and of conditions joined by "||" each one is dropped for itself. The copy is a bundle in
// memory; nothing is written.

import { readdirSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { fileURLToPath } from "node:url";
import { Script } from "node:vm";
import { build } from "esbuild";
import { parseAst } from "rollup/parseAst";

const root = fileURLToPath(new URL("..", import.meta.url));
const corpus = `${root}test/corpus/`;

/** The longest a run of the corpus may take: a mutant that never ends has failed. */
const TIMEOUT_MS = 5000;
const FOLDERS = /^src\/(message|connection)\//;
/** Modules whose rules are told by true and false: a false they return is a refusal. */
const BOOLEAN_MODULES = /^src\/message\/(authority|ip-address)\.ts$/;
/** What the modules return in place of a violation. */
const REFUSED_RESULT = /^((HEAD|CONTENT)_REFUSED|(EXTENSION|ADDRESS)_BROKEN|AUTHORITY_OVER)\d*$/;

/**
 * Rules that no octets of a client can show, with the reason. Told by what the table prints, and where that is not enough
 * by the method they stand in or the violation.
 */
const WITHOUT_EFFECT = [
	{
		file: "src/connection/connection.ts",
		text: "this.phase === HEAD ? this.refuse(Violation.requestTimedOut) : EVENT_ENDED",
		reason: "a deadline, not octets: the tests of the deadlines hold it",
	},
	{
		file: "src/connection/connection.ts",
		text: "this.phase === EXCHANGE",
		reason: "a deadline, not octets: the tests of the deadlines hold it",
	},
	{
		file: "src/message/head.ts",
		names: ["targetTooLong"],
		text: "this.requestLine.isComplete ? Violation.fieldsKeptTooLong : Violation.targetTooLong",
		reason: "a request line always fits: `completeLimits` bounds targetLengthMax by receiveLength",
	},
	{
		file: "src/message/ip-address.ts",
		text: "(state & DOTS_MASK) !== 0 && value > 9",
		reason: "a digit above 9 makes the number too large for the next dot or bracket",
	},
	{
		file: "src/message/ip-address.ts",
		text: "next >> GROUPS_SHIFT > 8 ? ADDRESS_BROKEN : next",
		reason: "the closing bracket counts the groups again; here they only must not outgrow their bits",
	},
];

const ENTRY = `
import { CorpusRunner } from "./test/support/corpus-run.ts";
import { parseCorpus } from "./test/support/corpus-format.ts";
export { CorpusRunner, parseCorpus };
`;

/** The corpus runner and the server in one script that leaves both in the global \`corpus\`. */
async function bundle() {
	const result = await build({
		stdin: { contents: ENTRY, resolveDir: root, loader: "ts" },
		bundle: true,
		write: false,
		format: "iife",
		globalName: "corpus",
		target: "es2022",
		sourcemap: "external",
		outfile: "corpus.js",
		absWorkingDir: root,
		logLevel: "error",
	});
	const [map, code] = ["corpus.js.map", "corpus.js"].map(
		(name) => result.outputFiles.find((file) => file.path.endsWith(name)).text,
	);
	return { code, map: new SourceMap(JSON.parse(map)) };
}

/** Finds the rules in the bundle: for each, which octets of its text give way to what. */
class RuleFinder {
	#code;
	#map;
	#lineStarts;
	#methods = [];
	rules = [];

	constructor({ code, map }) {
		this.#code = code;
		this.#map = map;
		this.#lineStarts = [0];
		for (let index = 0; index < code.length; index += 1) {
			if (code[index] === "\n") this.#lineStarts.push(index + 1);
		}
		this.#visit(parseAst(code), []);
	}

	#placeOf(node) {
		let line = this.#lineStarts.findLastIndex((start) => start <= node.start);
		if (line < 0) line = 0;
		const entry = this.#map.findEntry(line, node.start - this.#lineStarts[line]);
		return {
			file: (entry.originalSource ?? "").replace(/^.*?(?=src\/|test\/)/, ""),
			line: (entry.originalLine ?? 0) + 1,
		};
	}

	#visit(node, parents) {
		const method =
			node.type === "MethodDefinition" ? node.key.name : (node.type === "FunctionDeclaration" && node.id?.name) || null;
		if (method !== null) this.#methods.push(method);
		this.#look(node, parents);
		parents.push(node);
		for (const value of Object.values(node)) {
			for (const child of Array.isArray(value) ? value : [value]) {
				if (child !== null && typeof child === "object" && typeof child.type === "string") this.#visit(child, parents);
			}
		}
		parents.pop();
		if (method !== null) this.#methods.pop();
	}

	#look(node, parents) {
		const isOfInterest = ["ReturnStatement", "ConditionalExpression", "LogicalExpression", "AssignmentExpression"];
		if (!isOfInterest.includes(node.type)) return;
		const { file } = this.#placeOf(node);
		if (!FOLDERS.test(file)) return;
		if (node.type === "ReturnStatement") this.#lookAtReturn(node, parents, BOOLEAN_MODULES.test(file));
		else if (node.type === "ConditionalExpression") this.#lookAtChoice(node);
		else if (node.type === "AssignmentExpression") this.#lookAtAssignment(node, parents);
	}

	#lookAtReturn(node, parents, isBoolean) {
		const { argument } = node;
		if (argument === null) return;
		if (isRefusal(argument) || (isBoolean && argument.type === "Literal" && argument.value === false)) {
			this.#dropStatement(node, parents);
		} else if (isBoolean && argument.type === "BinaryExpression" && isTest(argument)) {
			this.#add(node, argument, "true");
		} else if (isBoolean && argument.type === "LogicalExpression") {
			for (const part of conditionsOf(argument)) this.#add(node, part, `((${this.#text(part)}), true)`);
		}
	}

	/** A statement that refuses: its condition is false from now on, or a part of it. */
	#dropStatement(node, parents) {
		let inner = node;
		let outer = parents.at(-1);
		if (outer.type === "BlockStatement" && parents.at(-2).type === "IfStatement") {
			inner = outer;
			outer = parents.at(-2);
		}
		if (outer.type !== "IfStatement") this.#add(node, node, returnsBoolean(node) ? "return true;" : "return 0;");
		else if (outer.alternate === inner) this.#add(node, inner, ";");
		else this.#falsify(node, outer.test);
	}

	#falsify(node, test) {
		this.#add(node, test, `((${this.#text(test)}), false)`);
		const parts = partsOf(test, "||");
		if (parts.length > 1) for (const part of parts) this.#add(node, part, `((${this.#text(part)}), false)`);
	}

	#lookAtChoice(node) {
		const { consequent, alternate, test } = node;
		if (isRefusal(consequent)) {
			this.#add(consequent, node, `((${this.#text(test)}), ${this.#text(alternate)})`);
			const parts = partsOf(test, "||");
			if (parts.length > 1) for (const part of parts) this.#add(node, part, `((${this.#text(part)}), false)`);
		}
		if (isRefusal(alternate)) {
			this.#add(alternate, node, `((${this.#text(test)}), ${this.#text(consequent)})`);
			const parts = partsOf(test, "&&");
			if (parts.length > 1) for (const part of parts) this.#add(node, part, `((${this.#text(part)}), true)`);
		}
	}

	/** A violation that is set, with the false behind it. */
	#lookAtAssignment(node, parents) {
		if (!isViolation(node.right)) return;
		const body = parents.at(-2).body;
		const next = Array.isArray(body) ? body[body.indexOf(parents.at(-1)) + 1] : undefined;
		if (next?.type === "ReturnStatement") this.#add(node, next, "return true;");
	}

	#add(node, place, replacement) {
		const { file, line } = this.#placeOf(node);
		const names = this.#code.slice(node.start, node.end).matchAll(/Violation\d*\.(\w+)/g);
		this.rules.push({
			file,
			line,
			method: this.#methods.at(-1),
			start: place.start,
			end: place.end,
			text: this.#text(place).replace(/\s+/g, " "),
			replacement,
			names: [...names].map((match) => match[1]),
		});
	}

	#text(node) {
		return this.#code.slice(node.start, node.end);
	}
}

function isViolation(node) {
	return node.type === "MemberExpression" && /^Violation\d*$/.test(node.object.name ?? "");
}

function isRefusal(node) {
	if (isViolation(node)) return true;
	if (node.type === "Identifier") return REFUSED_RESULT.test(node.name);
	if (node.type !== "CallExpression") return false;
	const { callee } = node;
	return /^refuse\d*$/.test(callee.type === "MemberExpression" ? (callee.property.name ?? "") : (callee.name ?? ""));
}

function returnsBoolean(node) {
	return node.argument.type === "Literal";
}

function isTest(node) {
	return ["===", "!==", "<", "<=", ">", ">="].includes(node.operator);
}

/** The parts joined by "&&", also those inside the sides of a "||". */
function conditionsOf(node) {
	if (node.type !== "LogicalExpression") return [node];
	const parts = [...conditionsOf(node.left), ...conditionsOf(node.right)];
	if (node.operator === "&&") return parts;
	return [node, ...[node.left, node.right].filter((side) => side.type === "LogicalExpression").flatMap(conditionsOf)];
}

function partsOf(node, operator) {
	if (node.type !== "LogicalExpression" || node.operator !== operator) return [node];
	return [...partsOf(node.left, operator), ...partsOf(node.right, operator)];
}

/** Runs the cases, those first that break one of `names`. Returns the first that fails, or null. */
function firstFailure(code, cases, names) {
	const wanted = names.map((name) => `refused ${name}`);
	const breaks = (one) => one.expected.some((line) => wanted.includes(line));
	const ordered = [...cases.filter(breaks), ...cases.filter((one) => !breaks(one))];
	const script = new Script(`${code}
		(cases) => {
			const runner = new corpus.CorpusRunner();
			for (const one of cases) {
				globalThis.currentCase = one;
				try { runner.runWhole(one); } catch { return one; }
			}
			return null;
		}`);
	globalThis.currentCases = ordered;
	try {
		const run = script.runInThisContext();
		globalThis.currentRun = run;
		return new Script("currentRun(currentCases)").runInThisContext({ timeout: TIMEOUT_MS });
	} catch (error) {
		if (error.code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") return { file: "", name: `does not load: ${error.message}` };
		return globalThis.currentCase;
	}
}

function reasonFor(rule) {
	return WITHOUT_EFFECT.find(
		({ file, text, method = rule.method, names = rule.names }) =>
			file === rule.file && text === rule.text && method === rule.method && String(names) === String(rule.names),
	)?.reason;
}

async function main() {
	const isJson = process.argv.includes("--json");
	const only = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1] : "";
	const whole = await bundle();
	new Script(whole.code).runInThisContext();
	const cases = readdirSync(corpus)
		.filter((name) => name.endsWith(".md") && name !== "README.md")
		.flatMap((name) => globalThis.corpus.parseCorpus(name, readFileSync(`${corpus}${name}`, "utf8")));
	const broken = firstFailure(whole.code, cases, []);
	if (broken !== null) throw new Error(`the corpus fails as it is: ${broken.file} "${broken.name}"`);
	const rules = new RuleFinder(whole).rules.filter((rule) => `${rule.file}:${rule.line}`.includes(only));
	const results = rules.map((rule, index) => {
		const mutant = whole.code.slice(0, rule.start) + rule.replacement + whole.code.slice(rule.end);
		const failure = firstFailure(mutant, cases, rule.names);
		const caughtBy = failure === null ? null : `${failure.file} "${failure.name}"`;
		const { file, line, text, names } = rule;
		if (process.stderr.isTTY) process.stderr.write(`\r${index + 1} of ${rules.length} rules`);
		return { file, line, text, names, caughtBy, equivalent: reasonFor(rule) ?? null };
	});
	if (process.stderr.isTTY) process.stderr.write("\r");
	const survivors = results.filter((one) => one.caughtBy === null && one.equivalent === null);
	const stale = results.filter((one) => one.caughtBy !== null && one.equivalent !== null);
	if (isJson) console.log(JSON.stringify({ cases: cases.length, rules: results }));
	else print(results);
	if (!isJson) {
		console.log(
			`${results.length} rules, ${cases.length} cases: ${results.filter((one) => one.caughtBy !== null).length} needed, ` +
				`${results.filter((one) => one.equivalent !== null).length} without effect (reasons above), ${survivors.length} missed`,
		);
	}
	process.exitCode = survivors.length + stale.length === 0 ? 0 : 1;
}

function print(results) {
	for (const { file, line, text, names, caughtBy, equivalent } of results) {
		const what =
			caughtBy !== null && equivalent !== null
				? `NEEDED, though listed as: ${equivalent}`
				: (caughtBy ?? (equivalent === null ? "NO CASE FAILS" : `no effect: ${equivalent}`));
		console.log(
			`${`${file}:${line}`.padEnd(40)} ${names.join(" ").padEnd(26)} ${text.slice(0, 60).padEnd(60)} ${what}`,
		);
	}
}

await main();
