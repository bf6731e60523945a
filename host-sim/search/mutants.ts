// Faults of our own that the search has to find: each takes a piece of the server's text and puts another in its place. A
// search that finds nothing proves nothing; one that finds these has eyes. For `npm run sim -- --mutants`.

export interface Mutant {
	readonly name: string;
	/** The file, and the one place in it. */
	readonly file: string;
	readonly text: string;
	readonly replacement: string;
	/** Which invariant has to find it. */
	readonly invariant: number;
}

export const MUTANTS: readonly Mutant[] = [
	{
		name: "100 Continue depends on what has come already",
		file: "src/connection/request-content.ts",
		text: "if ((this.marks & AWAITS_CONTINUE) === 0) return;",
		replacement: "if ((this.marks & AWAITS_CONTINUE) === 0 || this.receive.received > this.receive.consumed) return;",
		invariant: 1,
	},
	{
		name: "a prebuilt response to HEAD has content",
		file: "src/response/response-writer.ts",
		text: "const sent = isHead ? NOTHING : content;",
		replacement: "const sent = content;",
		invariant: 2,
	},
	{
		name: "a chunk says that it is one octet longer",
		file: "src/response/response-content.ts",
		text: "this.end - start - CHUNK_HEADER_LENGTH, CHUNK_SIZE_DIGITS",
		replacement: "this.end - start - CHUNK_HEADER_LENGTH + 1, CHUNK_SIZE_DIGITS",
		invariant: 2,
	},
	{
		name: "both Content-Length and Transfer-Encoding are taken",
		file: "src/message/framing.ts",
		text: "if (section.contentLength !== LENGTH_ABSENT) return refuse(Violation.transferCodingWithLength);",
		replacement: "",
		invariant: 3,
	},
	{
		name: "an octet too much of each chunk",
		file: "src/message/content.ts",
		text: "this.remaining = (this.remaining << 4) | (digit - 1);",
		replacement:
			"this.remaining = ((this.remaining << 4) | (digit - 1)) + (this.remaining === 0 && digit > 9 ? 1 : 0);",
		invariant: 3,
	},
	{
		name: "Connection: close is not heard",
		file: "src/message/persistence.ts",
		text: "if ((found & LIST_CLOSE) !== 0) return false;",
		replacement: "",
		invariant: 3,
	},
	{
		name: "a connection ends after its second request",
		file: "src/connection/connection.ts",
		text: "this.requestCount === this.limits[REQUESTS_MAX] ||",
		replacement: "this.requestCount === 2 ||",
		invariant: 2,
	},
	{
		name: "an encoded slash separates",
		file: "src/router/path.ts",
		text: "if (octet === SLASH || octet === PERCENT) {",
		replacement: "if (octet === PERCENT) {",
		invariant: 2,
	},
	{
		name: "a connection goes on after a broken rule",
		file: "src/connection/connection.ts",
		text: "this.marks &= ~PERSISTS;\n\t\tthis.move(REFUSED, now);",
		replacement: "this.marks |= PERSISTS; this.contentState = CONTENT_ENDED;\n\t\tthis.move(REFUSED, now);",
		invariant: 4,
	},
	{
		name: "a prebuilt response leaves at once, whether there is room or not",
		file: "src/response/response-writer.ts",
		text: "if (port === null || head.length + headEnd.length + content.length > port.room) return false;",
		replacement: "if (port === null) return false;",
		invariant: 5,
	},
	{
		name: "more is written than there is room for",
		file: "src/server/slot.ts",
		text: "if (count > room) count = room;\n\t\t\t\ttransport.write(response.octets, response.start, count);",
		replacement: "transport.write(response.octets, response.start, count);",
		invariant: 5,
	},
	{
		name: "a connection is closed twice",
		file: "src/server/slot.ts",
		text: "else transport?.close();",
		replacement: "else { transport?.close(); transport?.flush(); }",
		invariant: 5,
	},
	{
		name: "the scanned cursor is not reset",
		file: "src/message/receive-buffer.ts",
		text: "clear(): void {\n\t\tthis.consumed = this.base;\n\t\tthis.scanned = this.base;",
		replacement: "clear(): void {\n\t\tthis.consumed = this.base;",
		invariant: 6,
	},
	{
		name: "a late reply finds the next request",
		file: "src/server/exchange.ts",
		text: "if (mayBeHeld) this.response.expire();",
		replacement: "",
		invariant: 7,
	},
	{
		name: "a promise is followed, whoever has the slot by now",
		file: "src/server/exchange.ts",
		text: "this.generation === generation && this.request === request;",
		replacement: "true;",
		invariant: 2,
	},
	{
		name: "a connection that is told of late has no room",
		file: "platform/moddable/transport.ts",
		text: "this.room = this.roomOf(this.roomMax);",
		replacement: "",
		invariant: 2,
	},
	{
		name: "a place among few segments is given on before it is free",
		file: "platform/moddable/segments.ts",
		text: "this.host.tendAt(this.turns.giveLater(this.host.now()));",
		replacement: "this.turns.give();",
		invariant: 2,
	},
	{
		name: "the timer is lost when it has fired",
		file: "src/server/server.ts",
		text: "this.setTimer(rest > 0 ? rest : 1);",
		replacement: "",
		invariant: 7,
	},
	{
		name: "deadlines are three times as far",
		file: "src/connection/waiting.ts",
		text: "this.deadline = (now + limit) | 0;",
		replacement: "this.deadline = (now + 3 * limit) | 0;",
		invariant: 7,
	},
	{
		name: "the clock is taken for one that never wraps",
		file: "src/clock.ts",
		text: "return (time - other) | 0;",
		replacement: "return time - other;",
		invariant: 7,
	},
	{
		name: "an upload is not read on when it resumes",
		file: "src/server/exchange.ts",
		text: "contentRead(): void {\n\t\tthis.runSoon();",
		replacement: "contentRead(): void {",
		invariant: 8,
	},
	{
		name: "a socket that its client does not empty is never closed",
		file: "platform/moddable/transport.ts",
		text: "else if (this.phase === CLOSING) this.leave(tcp);",
		replacement: "else if (this.phase === CLOSING) return false;",
		invariant: 9,
	},
	{
		name: "only one client is ever let in from the waiting line",
		file: "src/server/server.ts",
		text: "this.isAdmitting = false;\n\t\tif",
		replacement: "if",
		invariant: 9,
	},
	{
		name: "who has left the waiting line stays in it",
		file: "src/server/waiting-line.ts",
		text: "this.remove(this.places.indexOf(place));",
		replacement: "",
		invariant: 5,
	},
];
