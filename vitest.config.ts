import { defineConfig } from "vitest/config";

export default defineConfig({
	test: {
		include: ["test/**/*.test.ts"],
		reporters: ["default", "./test/support/summary-reporter.ts"],
		testTimeout: 30_000,
		// Sockets and timers of one file do not disturb another's.
		fileParallelism: false,
	},
});
