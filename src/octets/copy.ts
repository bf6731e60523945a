// Octets from one place to another. One module with a narrow face, so that a native version can stand in for it.

/** Copies `from[start, end)` to `to` at `at`. No view is made: on XS a view is garbage, a loop is not. */
export function copyOctets(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
	if (start === 0 && end === from.length) {
		to.set(from, at);
		return;
	}
	const ahead = at - start;
	let index = start;
	while (index < end) {
		to[index + ahead] = from[index] as number;
		index += 1;
	}
}
