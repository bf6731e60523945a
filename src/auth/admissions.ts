// Who was let in with which request. Credentials stand in a request that was refused, too, and in one that nobody has looked at:
// who somebody is, is not read there. For logins.
//
// There are as many places as requests were in here at once, which is no more than there are connections.

import type { Request } from "../app/request.js";

class Admission {
	request: Request | null = null;
	// A Request is used for one request after the other.
	connectionNumber = 0;
	number = 0;
	name = "";
	/** Its place may be taken; until then it is told to those who are further outside. */
	isOver = false;

	isOf(request: Request): boolean {
		return (
			this.request === request && this.number === request.number && this.connectionNumber === request.connectionNumber
		);
	}
}

export class Admissions {
	readonly #places: Admission[] = [];

	/** How many places there are, for tests. */
	get placeCount(): number {
		return this.#places.length;
	}

	/** The request is let in. */
	begin(request: Request, name: string): void {
		const place = this.freePlace(request);
		place.request = request;
		place.connectionNumber = request.connectionNumber;
		place.number = request.number;
		place.name = name;
		place.isOver = false;
	}

	/** It is over. */
	end(request: Request): void {
		const place = this.placeOf(request);
		if (place !== null) place.isOver = true;
	}

	/** Whose request it is; "" where it was not let in. */
	nameOf(request: Request): string {
		const place = this.placeOf(request);
		return place === null ? "" : place.name;
	}

	private placeOf(request: Request): Admission | null {
		for (let index = 0; index < this.#places.length; index += 1) {
			const place = this.#places[index] as Admission;
			if (place.isOf(request)) return place;
		}
		return null;
	}

	private freePlace(request: Request): Admission {
		for (let index = 0; index < this.#places.length; index += 1) {
			const place = this.#places[index] as Admission;
			if (place.isOver || place.request === request) return place;
		}
		const place = new Admission();
		this.#places.push(place);
		return place;
	}
}
