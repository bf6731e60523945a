// Time, as the platform gives it: milliseconds that wrap like a 32-bit integer. Only differences mean anything.

/** The longest time anything may take: half of what two wrapping times can be compared over. */
export const TIME_MAX = 0x3fff_ffff;

/** `time` plus `ms`, wrapped. */
export function later(time: number, ms: number): number {
	return (time + ms) | 0;
}

/** How many milliseconds `time` is after `other`; below zero when it is before. */
export function since(other: number, time: number): number {
	return (time - other) | 0;
}
