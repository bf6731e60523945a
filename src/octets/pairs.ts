// Two numbers of 16 bits in one integer, as offsets into a buffer are. For what notes where a reader stands.

/** Of numbers that need more, or are negative, so many bits are kept. */
export function pair(first: number, second: number): number {
	return (first & 0xffff) | (second << 16);
}

export function firstOf(both: number): number {
	return both & 0xffff;
}

export function secondOf(both: number): number {
	return both >>> 16;
}
