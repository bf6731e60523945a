// Strings compared without garbage: for guards, which every request goes through.

// On XS every property access on a primitive string leaves slots behind; `call` leaves none, and where a string ends
// `charCodeAt` answers NaN.
const charCodeAt = String.prototype.charCodeAt;

/** Whether `part` stands in `text` at `at`, ASCII letters in either case. Returns where it ends there, or −1. */
export function matchAt(text: string, at: number, part: string): number {
	let index = 0;
	for (;;) {
		const code = charCodeAt.call(part, index);
		if (!(code >= 0)) return at + index;
		if (lower(charCodeAt.call(text, at + index)) !== lower(code)) return -1;
		index += 1;
	}
}

/** Whether `text` ends at `at`. */
export function endsAt(text: string, at: number): boolean {
	return !(charCodeAt.call(text, at) >= 0);
}

/** The code at `at`; −1 where the string has ended. */
export function codeAt(text: string, at: number): number {
	const code = charCodeAt.call(text, at);
	return code >= 0 ? code : -1;
}

function lower(code: number): number {
	return code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
}
