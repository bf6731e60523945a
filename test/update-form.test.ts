// Firmware in a multipart form, into the sink that uploads use. Not among the tests on XS: the package as it is published has no
// entry for that sink without a platform, and beside it another ContentError.

import { describe, expect, test } from "vitest";
import { SECTOR_LENGTH, SimulatedFlash } from "../platform/node/flash.js";
import { multipartForm } from "../src/forms/index.js";
import { openUpdateIn } from "../src/update-sink.js";
import { espImage } from "./support/esp-image.js";
import { type Answer, ask, serve, upload } from "./support/exchange.js";
import { textOf } from "./support/octets.js";

describe("firmware in a form", () => {
	/** What a form is answered that brings these octets as a file. */
	function post(flash: SimulatedFlash, image: Uint8Array): Answer {
		const route = multipartForm(
			{
				lengthMax: Number.POSITIVE_INFINITY,
				bufferLength: 100,
				file: () => openUpdateIn(flash.storage, flash.updates),
			},
			(_request, response) => response.text("taken"),
		);
		const served = serve({ routes: { "POST /": route } });
		const part = 'Content-Disposition: form-data; name="firmware"; filename="app.bin"';
		const form = `--b\r\n${part}\r\n\r\n${textOf(image)}\r\n--b--`;
		return ask(served, upload("POST /", form, ["Content-Type: multipart/form-data; boundary=b"]));
	}

	test("is taken by the same sink", () => {
		const flash = new SimulatedFlash({ size: 2 * SECTOR_LENGTH });
		const image = espImage(5008);
		expect(post(flash, image).status).toBe(200);
		expect(flash.image).toEqual(image);
		expect([flash.faults, flash.openCount]).toEqual([[], 0]);
	});

	test.each([
		["at its first octets", 0, "this is no firmware for this device\n"],
		["when it is whole", 2000, "the firmware is broken, or not for this device\n"],
	])("and refused %s", (_when, at, content) => {
		const flash = new SimulatedFlash({ size: 2 * SECTOR_LENGTH });
		const image = espImage(5008);
		image[at] = 0x11;
		const refused = post(flash, image);
		expect([refused.status, refused.content]).toEqual([422, content]);
		expect([flash.image, flash.openCount]).toEqual([null, 0]);
	});
});
