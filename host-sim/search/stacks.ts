// Errors without their stacks. The search has handlers throw by the thousand, and nobody reads where: an engine that writes
// stacks down spends a tenth of its time on it. For the play.

/** V8's; other engines do not know it. */
interface StackLimit {
	stackTraceLimit?: number | undefined;
}

export function withoutStacks<Result>(run: () => Result): Result {
	const errors = Error as StackLimit;
	const before = errors.stackTraceLimit;
	errors.stackTraceLimit = 0;
	try {
		return run();
	} finally {
		errors.stackTraceLimit = before;
	}
}
