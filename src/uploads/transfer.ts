// One request that brings octets of an upload, from its first octet to its answer. For the routes of this folder.
//
// Nothing is left on the heap for a piece: octets go from the transport into the upload's buffer, and from there to the sink, which
// is given the whole buffer each time but the last.

import type { HandlerResult } from "../app/app.js";
import { refuse } from "../app/refuse.js";
import type { Request } from "../app/request.js";
import type { Response, Ticket } from "../app/response.js";
import { refuseError } from "../forms/refusal.js";
import { FAILED, OPEN, type Upload } from "./upload.js";

export class Transfer {
	readonly upload: Upload;
	private readonly request: Request;
	private readonly ticket: Ticket;
	/** Where the upload is, for a request that has created it; "" for any other. */
	private readonly location: string;
	/** How many octets the request still brings. */
	private missing: number;

	/** From now on the upload's octets come from this request: `request.contentLength` of them, no more than it lacks. */
	constructor(upload: Upload, request: Request, response: Response, location: string) {
		this.upload = upload;
		this.request = request;
		this.location = location;
		this.missing = request.contentLength;
		// Another request may have to answer this one.
		this.ticket = response.defer();
		upload.transfer = this;
	}

	/** Octets have come. */
	readable(): HandlerResult {
		// While the sink is at work somebody waits for it already.
		return this.upload.later === null ? this.proceed() : undefined;
	}

	/** Goes on as far as there are octets and the sink takes them; then answers, if that was all. */
	proceed(): HandlerResult {
		const { upload } = this;
		while (upload.transfer === this && upload.later === null && upload.state === OPEN) {
			if (this.missing === 0) {
				if (upload.filled === 0) break;
				upload.flush();
				continue;
			}
			const count = this.request.read(upload.buffer, upload.filled);
			if (count === 0) return undefined;
			this.missing -= count;
			upload.filled += count;
			if (upload.filled === upload.buffer.length) upload.flush();
		}
		if (upload.transfer !== this) return undefined;
		if (upload.later !== null) return upload.later.then(() => this.proceed());
		return this.answer();
	}

	/** Another request goes on with the upload. The connection of this one may long be dead: it is not kept. */
	giveWay(): void {
		const { response } = this.ticket;
		if (response === undefined) return;
		response.setLast();
		refuse(response, 409, "another request goes on with this upload\n");
	}

	/** The request will bring nothing more, and cannot be answered. */
	lost(): HandlerResult {
		const { upload } = this;
		if (upload.transfer !== this) return undefined;
		upload.transfer = null;
		upload.usedMs = this.request.now;
		upload.flush();
		return this.left();
	}

	/** When the sink has taken what the request has brought. Throws what nobody else will be told. */
	private left(): HandlerResult {
		const { upload } = this;
		if (upload.later !== null) return upload.later.then(() => this.left());
		const { state, error } = upload;
		// Nobody knows where it is.
		if (this.location !== "") upload.drop(new Error("the client left before it was told of its upload"));
		if (state === FAILED) throw error;
		return undefined;
	}

	private answer(): void {
		const { upload } = this;
		upload.transfer = null;
		upload.usedMs = this.request.now;
		const { response } = this.ticket;
		if (response === undefined) return;
		if (upload.state === FAILED) return refuseError(response, upload.error);
		response.setField("Upload-Offset", String(upload.offset));
		if (this.location === "") response.status = 204;
		else {
			response.status = 201;
			response.setField("Location", this.location);
		}
		response.empty();
	}
}
