// Ends a test run with one line of its own, "N passed, N failed", the checks before the tests counted in.

import type { Reporter, TestModule } from "vitest/node";

export default class SummaryReporter implements Reporter {
	onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
		const before = JSON.parse(process.env.THIMBLE_CHECKS ?? '{"passed":0,"failed":0}') as {
			passed: number;
			failed: number;
		};
		let { passed, failed } = before;
		let skipped = 0;
		for (const module of modules) {
			failed += module.errors().length;
			for (const test of module.children.allTests()) {
				const { state } = test.result();
				if (state === "passed") passed += 1;
				else if (state === "failed") failed += 1;
				else skipped += 1;
			}
		}
		failed += errors.length;
		process.on("exit", () => {
			console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
		});
	}
}
