// The corpus needs every rule: tools/rules.mjs takes each out of a copy of src, and a case has to fail.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";

interface RuleResult {
	readonly file: string;
	readonly line: number;
	readonly text: string;
	/** The violations whose refusal was taken out, where it names them. */
	readonly names: readonly string[];
	/** The case that fails without it. */
	readonly caughtBy: string | null;
	/** Why no case can fail. */
	readonly equivalent: string | null;
}

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const TIMEOUT_MS = 120_000;

describe("rules", () => {
	let status: number | null = null;
	let rules: readonly RuleResult[] = [];

	beforeAll(() => {
		const run = spawnSync(process.execPath, ["tools/rules.mjs", "--json"], {
			cwd: ROOT,
			encoding: "utf8",
			maxBuffer: 16 * 1024 * 1024,
			timeout: TIMEOUT_MS,
		});
		if (run.stdout === "") throw new Error(run.stderr);
		status = run.status;
		rules = (JSON.parse(run.stdout) as { rules: RuleResult[] }).rules;
	}, TIMEOUT_MS);

	test("are found where they stand", () => {
		expect(rules.length).toBeGreaterThan(140);
		for (const file of [
			"request-line",
			"field-section",
			"authority",
			"ip-address",
			"lists",
			"framing",
			"content",
			"chunk-extension",
			"head",
		]) {
			expect(rules.some((rule) => rule.file === `src/message/${file}.ts`)).toBe(true);
		}
	});

	test("cannot be taken out without a case that fails", () => {
		const missed = rules.filter((rule) => rule.caughtBy === null && rule.equivalent === null);
		expect(missed.map((rule) => `${rule.file}:${rule.line} ${rule.text}`)).toEqual([]);
	});

	test("are listed as without effect only where they are", () => {
		const stale = rules.filter((rule) => rule.caughtBy !== null && rule.equivalent !== null);
		expect(stale.map((rule) => `${rule.file}:${rule.line} ${rule.text}`)).toEqual([]);
		expect(status).toBe(0);
	});
});
