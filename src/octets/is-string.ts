// Whether something is a string. For what an app may hand over, on the way of a request.

/** A literal in code that was not preloaded is copied each time XS comes by: garbage that nothing needs. */
const STRING: string = typeof "";

/** Whether `value` is a string. */
export function isString(value: unknown): value is string {
	return typeof value === STRING;
}
