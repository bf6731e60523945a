// What handlers return, when it is a promise. No rejection goes unhandled: on XS that would abort the machine.

/** Whether `value` is something to wait for. Throws what a getter of it throws. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
	// What nearly every handler returns. (A literal, as below, leaves a copy of it on XS.)
	if (value === undefined || value === true || value === false) return false;
	return typeof value === "object" && value !== null && typeof (value as PromiseLike<unknown>).then === "function";
}

/** Calls `report` if `value`, the result of a call that nobody waits for, is rejected. */
export function reportRejection(value: unknown, report: (error: unknown) => void): void {
	try {
		if (isThenable(value)) value.then(undefined, report);
	} catch (error) {
		report(error);
	}
}
