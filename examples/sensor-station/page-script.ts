// What the station's page does in the browser: polls the readings, draws the last hours, uploads a file. For page.ts.

export const SCRIPT = `"use strict";
const byId = (id) => document.getElementById(id);
const POLL_MS = 1000, HISTORY_MS = 60000, HISTORY_COUNT = 360;
const DIGITS = { celsius: 2, humidity: 1, pressure: 1 };

function state(text, kind) {
	byId("state").textContent = text;
	byId("state").className = kind;
}

async function fetched(path) {
	const response = await fetch(path, { signal: AbortSignal.timeout(10000) });
	if (!response.ok) throw new Error(response.status);
	return response;
}

async function poll() {
	try {
		const reading = await (await fetched("/api/readings")).json();
		for (const name in DIGITS) byId(name).value = reading[name].toFixed(DIGITS[name]);
		state("live, " + new Date(reading.seconds * 1000).toLocaleTimeString(), "live");
	} catch {
		state("no answer, trying again", "lost");
	}
	setTimeout(poll, POLL_MS);
}

function draw(name, values) {
	const least = Math.min(...values), span = Math.max(...values) - least || 1;
	const x = (index) => (300 * index / Math.max(1, values.length - 1)).toFixed(1);
	const y = (value) => (56 - 52 * (value - least) / span).toFixed(1);
	const points = values.map((value, index) => x(index) + " " + y(value)).join("L");
	const path = (kind, d) => '<path class="' + kind + '" d="' + d + '"/>';
	byId(name + "-line").innerHTML = path("area", "M0 60L" + points + "L300 60Z") + path("line", "M" + points);
}

async function history() {
	try {
		const text = await (await fetched("/api/history?count=" + HISTORY_COUNT)).text();
		const [heading, ...rows] = text.trim().split("\\n").map((row) => row.split(","));
		for (const name in DIGITS) draw(name, rows.map((row) => Number(row[heading.indexOf(name)])));
	} catch {
		// The next time.
	}
	setTimeout(history, HISTORY_MS);
}

function result(text, isBad) {
	byId("result").textContent = text;
	byId("result").className = isBad ? "bad" : "";
}

byId("upload").addEventListener("submit", (event) => {
	event.preventDefault();
	const file = byId("file").files[0], button = event.target.querySelector("button"), progress = byId("progress");
	// fetch does not tell how far an upload is.
	const request = new XMLHttpRequest();
	request.open("PUT", "/firmware");
	request.upload.onprogress = (event) => {
		if (event.lengthComputable && event.total > 0) progress.value = event.loaded / event.total;
	};
	request.onloadend = () => {
		button.disabled = false;
		if (request.status !== 200) return result("The upload failed: " + (request.status || "no answer") + ".", true);
		progress.value = 1;
		const answer = JSON.parse(request.responseText);
		result(answer.length.toLocaleString() + " octets taken, CRC-32 " + answer.crc32 + ".", false);
	};
	button.disabled = true;
	progress.hidden = false;
	progress.value = 0;
	result("Uploading " + file.name + " …", false);
	request.send(file);
});

poll();
history();
`;
