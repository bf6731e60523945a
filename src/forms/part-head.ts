// The head of a part of multipart/form-data (RFC 7578 §4.2, §4.4, §4.7): which field it is, and whether it is a file. Read
// where it stands; for the multipart reader.

import { isWord, Parameters, valueEnd } from "../message/parameters.js";
import { BACKSLASH, COLON, CR, DQUOTE, LF, PERCENT, SEMICOLON } from "../octets/ascii.js";
import { FIELD_VALUE, HEX_DIGIT, TOKEN_LOWER } from "../octets/classes.js";
import { latin1, Utf8Decoder } from "../octets/text.js";

/** A part that is a file, as its sink sees it. Its texts are the client's: a file name is no path. */
export interface FilePart {
	/** The name of its field. */
	readonly name: string;
	/** The name the client gives the file. */
	readonly fileName: string;
	/** The Content-Type as it was sent, "" without one. */
	readonly type: string;
}

export class PartHead implements FilePart {
	/** Where what was received of the head stands, its length, and the empty line that ends it among it. */
	readonly octets: Uint8Array;
	length = 0;
	isFile = false;
	// Where in `octets` the values stand.
	nameStart = 0;
	nameEnd = 0;
	private fileNameStart = 0;
	private fileNameEnd = 0;
	private typeStart = 0;
	private typeEnd = 0;

	constructor(lengthMax: number) {
		this.octets = new Uint8Array(lengthMax);
	}

	get name(): string {
		return dispositionText(this.octets, this.nameStart, this.nameEnd);
	}

	get fileName(): string {
		return dispositionText(this.octets, this.fileNameStart, this.fileNameEnd);
	}

	/** Whether the file has a name: a file input that was left empty has not. */
	get hasFileName(): boolean {
		return this.fileNameEnd > this.fileNameStart;
	}

	get type(): string {
		return latin1(this.octets, this.typeStart, this.typeEnd);
	}

	/** Whether the octets received so far end in the empty line behind the head. */
	get isWhole(): boolean {
		const { octets, length } = this;
		if (length < 2 || octets[length - 1] !== LF || octets[length - 2] !== CR) return false;
		return length === 2 || (octets[length - 3] === LF && octets[length - 4] === CR);
	}

	/** Reads the whole head; returns what is wrong with it, "" when nothing is. */
	read(): string {
		this.isFile = false;
		this.typeStart = 0;
		this.typeEnd = 0;
		let hasDisposition = false;
		let start = 0;
		while (start < this.length - 2) {
			const end = this.lineEnd(start);
			const nameEnd = this.fieldNameEnd(start, end);
			if (nameEnd < 0) return "a part's head has a line that is no field";
			const valueStart = this.skipSpace(nameEnd + 1, end);
			if (isWord(this.octets, start, nameEnd, "content-disposition")) {
				if (hasDisposition) return "a part has two Content-Dispositions";
				hasDisposition = true;
				const wrong = this.readDisposition(valueStart, end);
				if (wrong !== "") return wrong;
			} else if (isWord(this.octets, start, nameEnd, "content-type")) {
				this.typeStart = valueStart;
				this.typeEnd = this.trimmedEnd(valueStart, end);
			} else if (isWord(this.octets, start, nameEnd, "content-transfer-encoding")) {
				// RFC 7578 §4.7: nobody sends it. Content that is encoded would be taken as it is.
				if (!this.isIdentity(valueStart, this.trimmedEnd(valueStart, end))) return "a part's content is encoded";
			}
			start = end + 2;
		}
		return hasDisposition ? "" : "a part has no Content-Disposition";
	}

	private readDisposition(start: number, end: number): string {
		const typeEnd = valueEnd(this.octets, start, end);
		if (!isWord(this.octets, start, typeEnd, "form-data")) return 'a part\'s Content-Disposition is not "form-data"';
		const parameters = new Parameters(this.octets, typeEnd, end, SEMICOLON);
		let names = 0;
		let fileNames = 0;
		while (parameters.next()) {
			if (parameters.isNamed("name")) {
				names += 1;
				this.nameStart = parameters.start;
				this.nameEnd = parameters.end;
			} else if (parameters.isNamed("filename")) {
				fileNames += 1;
				this.fileNameStart = parameters.start;
				this.fileNameEnd = parameters.end;
			}
		}
		if (!parameters.isWellFormed) return "a part's Content-Disposition is malformed";
		if (names !== 1 || fileNames > 1) return "a part's Content-Disposition has not exactly one name";
		this.isFile = fileNames === 1;
		return "";
	}

	private isIdentity(start: number, end: number): boolean {
		const { octets } = this;
		return (
			isWord(octets, start, end, "binary") || isWord(octets, start, end, "8bit") || isWord(octets, start, end, "7bit")
		);
	}

	/** Where the line ends, before its CRLF. */
	private lineEnd(start: number): number {
		let index = start;
		while (this.octets[index] !== CR || this.octets[index + 1] !== LF) index += 1;
		return index;
	}

	/** Where the name of the field line ends, at its ":"; −1 when it is no field line, or folded, or holds what none may. */
	private fieldNameEnd(start: number, end: number): number {
		const { octets } = this;
		let nameEnd = start;
		while (nameEnd < end && TOKEN_LOWER[octets[nameEnd] as number] !== 0) nameEnd += 1;
		if (nameEnd === start || nameEnd === end || octets[nameEnd] !== COLON) return -1;
		for (let index = nameEnd + 1; index < end; index += 1) if (FIELD_VALUE[octets[index] as number] === 0) return -1;
		return nameEnd;
	}

	private skipSpace(start: number, end: number): number {
		let index = start;
		while (index < end && FIELD_VALUE[this.octets[index] as number] === 2) index += 1;
		return index;
	}

	private trimmedEnd(start: number, end: number): number {
		let index = end;
		while (index > start && FIELD_VALUE[this.octets[index - 1] as number] === 2) index -= 1;
		return index;
	}
}

/**
 * The text of a name or file name in a part's head, which is UTF-8 as it is (RFC 7578 §5.1). Of what clients escape, that is
 * read which they do: browsers write %22, %0D and %0A (WHATWG HTML, "multipart form data"), others put "\" before a quote
 * and before itself. Any other "\" is one, since Windows once sent whole paths.
 */
function dispositionText(octets: Uint8Array, start: number, end: number): string {
	const decoder = new Utf8Decoder();
	let index = start;
	while (index < end) {
		let octet = octets[index] as number;
		if (octet === PERCENT && index + 2 < end) {
			const high = HEX_DIGIT[octets[index + 1] as number] as number;
			const low = HEX_DIGIT[octets[index + 2] as number] as number;
			const escaped = high > 0 && low > 0 ? ((high - 1) << 4) | (low - 1) : 0;
			if (escaped === DQUOTE || escaped === CR || escaped === LF) {
				octet = escaped;
				index += 2;
			}
		} else if (octet === BACKSLASH) {
			const next = octets[index + 1] as number;
			if (next === DQUOTE || next === BACKSLASH) {
				octet = next;
				index += 1;
			}
		}
		decoder.push(octet);
		index += 1;
	}
	return decoder.end();
}
