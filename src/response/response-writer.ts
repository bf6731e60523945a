// One response after the other, as the connection has them sent: in a head and content, or whole. For the connection, which decides
// about persistence.
//
// The layers beneath are one object with it: response-content.ts, response-head.ts, send-buffer.ts.

import { encodeUtf8, utf8Length } from "../octets/text.js";
import type { Prebuilt } from "./prebuilt.js";
import { ResponseContent } from "./response-content.js";
import {
	BY_LENGTH,
	CONNECTION_IMPLIED,
	CONNECTION_LINES,
	OWN_FIELDS_LENGTH_MAX,
	RESPONSE_COMPLETE,
	RESPONSE_CONTENT,
	SILENT,
} from "./response-head.js";
import { STATUS_LINE_LENGTH_MAX } from "./status.js";

const NOTHING = new Uint8Array(0);

export class ResponseWriter extends ResponseContent {
	/** Sends a prebuilt response where nothing waits and the transport takes all of it at once. False where it does not. */
	sendAtOnce(prebuilt: Prebuilt): boolean {
		const port = this.port;
		const head = prebuilt.head;
		const content = prebuilt.content;
		const headEnd = this.date.headEnd;
		if (port === null || head.length + headEnd.length + content.length > port.room) return false;
		port.writeMessage(head, headEnd, content);
		this.status = prebuilt.status;
		this.contentLength = content.length;
		this.framing = BY_LENGTH;
		return true;
	}

	/** Sends a prebuilt response. False without the room for its head. */
	writePrebuilt(prebuilt: Prebuilt, connection: number, isHead: boolean): boolean {
		const content = prebuilt.content;
		const head = prebuilt.head;
		if (this.limit - this.end < head.length + OWN_FIELDS_LENGTH_MAX) return false;
		const sent = isHead ? NOTHING : content;
		if (connection === CONNECTION_IMPLIED) this.sendMessage(head, this.date.headEnd, sent);
		else {
			this.send(head);
			this.sendMessage(CONNECTION_LINES[connection] as Uint8Array, this.date.headEnd, sent);
		}
		this.status = prebuilt.status;
		this.contentLength = content.length;
		this.framing = isHead ? BY_LENGTH | SILENT : BY_LENGTH;
		this.fieldsEnd = 0;
		this.state = RESPONSE_COMPLETE;
		return true;
	}

	/**
	 * The same where fields were set: they go behind its own, in the buffer, and a status that was set gives way to its own. False
	 * without the room for both.
	 */
	writePrebuiltWithFields(prebuilt: Prebuilt, connection: number, isHead: boolean): boolean {
		const octets = this.octets;
		const content = prebuilt.content;
		const head = prebuilt.head;
		const fieldsStart = this.end + STATUS_LINE_LENGTH_MAX;
		const ownEnd = this.end + head.length;
		const end = ownEnd + this.fieldsEnd - fieldsStart;
		if (end + OWN_FIELDS_LENGTH_MAX > this.limit) return false;
		octets.copyWithin(ownEnd, fieldsStart, this.fieldsEnd);
		octets.set(head, this.end);
		this.endHead(end, connection);
		if (!isHead && content.length > 0) this.attach(content, 0, content.length);
		this.status = prebuilt.status;
		this.contentLength = content.length;
		this.framing = isHead ? BY_LENGTH | SILENT : BY_LENGTH;
		this.state = RESPONSE_COMPLETE;
		return true;
	}

	/**
	 * Writes a whole response whose content is a string: the head, and as much of the content as fits behind it; the rest is
	 * drawn later. False without the room for the head.
	 */
	writeWholeText(text: string, connection: number, isHead: boolean): boolean {
		const headStart = this.end;
		// Encoded once, behind the longest head there may be; so the length is known when the head is written.
		const textStart = this.nextFieldStart + OWN_FIELDS_LENGTH_MAX;
		if (textStart > this.limit) return false;
		this.end = textStart;
		const index = encodeUtf8(text, 0, this);
		const textEnd = this.end;
		this.end = headStart;
		const drawn = textEnd - textStart;
		const length = index < 0 ? drawn : drawn + utf8Length(text, index);
		if (!this.writeHead(BY_LENGTH, length, connection, isHead)) return false;
		this.contentLength = length;
		this.state = RESPONSE_COMPLETE;
		if (this.isSilent) return true;
		this.octets.copyWithin(this.end, textStart, textEnd);
		this.end += drawn;
		if (index >= 0) {
			this.text = text;
			this.pieceStart = index;
			this.state = RESPONSE_CONTENT;
		}
		return true;
	}
}
