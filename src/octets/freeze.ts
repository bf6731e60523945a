// What a module defines at its top level is frozen, so that it can live in flash and cost no RAM.

/** Freezes `value`, and if it is an array whatever is in it; not typed arrays, which cannot be frozen. */
export function freeze<const T>(value: T): T {
	if (Array.isArray(value)) for (const item of value) freeze(item);
	if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value)) Object.freeze(value);
	return value;
}
