// What bounds a head, and what of it is the app's to choose. Made with the app, so that it lies in flash with it. For the
// readers of heads.

export interface HeadOptions {
	/** The longest request target in octets; a longer one is answered 414. */
	readonly targetLengthMax: number;
	/** What of a path, and of a query, needs thought or is refused (src/octets/classes.ts). */
	readonly pathOdd: Uint8Array;
	readonly queryOdd: Uint8Array;
	/** Whether an "https" target is taken, because a gateway before us has ended TLS (RFC 9110 §7.4). */
	readonly allowsHttps: boolean;
	/** The longest head in octets, from the method to the empty line, whatever of it is kept; else 431. */
	readonly headLengthMax: number;
	/** The most field lines in a head, and in a trailer section; else 431. */
	readonly fieldLinesMax: number;
	/** The most fields kept of a head and its trailers; else 431. */
	readonly fieldsKeptMax: number;
	/** The longest trailer section in octets; else 431. */
	readonly trailerSectionLengthMax: number;
}
