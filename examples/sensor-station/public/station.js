// The station's page: live readings, history, signing in, settings. The firmware's part is upload.js.

import { Chart, drawSpark, timeText } from "./chart.js";
import { watchFirmware } from "./firmware.js";

const KINDS = {
	celsius: {
		column: 1,
		digits: 1,
		leastSpan: 0.4,
		name: "Temperature",
		unit: () => (station.unit === "F" ? "°F" : "°C"),
	},
	humidity: { column: 2, digits: 1, leastSpan: 1, name: "Humidity", unit: () => "%" },
	pressure: { column: 3, digits: 1, leastSpan: 0.6, name: "Pressure", unit: () => "hPa" },
};
const SPARK_SECONDS = 60;
/** Octets of a row of the logs: so many rows are the last so many octets. */
const ROW_LENGTH = 32;
const LOG_STEP_SECONDS = 120;
const RETRY_MS = 3000;
/** How long a reading may be overdue before the station counts as gone. */
const OVERDUE_MS = 4000;
const TIMEOUT_MS = 8000;

const byId = (id) => document.getElementById(id);
const station = {
	name: "Sensor station",
	unit: "C",
	intervalSeconds: 1,
	user: null,
	trial: null,
	hasTrialImage: false,
};

const shown = (kind, value) => (kind === "celsius" && station.unit === "F" ? value * 1.8 + 32 : value);
const text = (kind, value) => shown(kind, value).toFixed(KINDS[kind].digits);

async function ask(path, options = {}) {
	const response = await fetch(path, { signal: AbortSignal.timeout(TIMEOUT_MS), ...options });
	if (!response.ok) throw new Error(`${path}: ${response.status}`);
	return response;
}

/** The last rows of a log: a range that counts from its end. */
async function lastRows(log, count) {
	const response = await ask(`/log/${log}.csv`, { headers: { Range: `bytes=-${count * ROW_LENGTH}` } });
	return (await response.text())
		.trim()
		.split("\n")
		.map((row) => row.split(",").map(Number));
}

// ---- live readings

/** Rows as the logs have them. */
let recent = [];

function showReading({ seconds, ...values }) {
	recent = recent.filter(([at]) => at < seconds && at >= seconds - SPARK_SECONDS);
	recent.push([seconds, values.celsius, values.humidity, values.pressure]);
	drawTiles();
}

function drawTiles() {
	const last = recent.at(-1);
	for (const kind in KINDS) {
		const { column, leastSpan, unit } = KINDS[kind];
		const tile = document.querySelector(`[data-of=${kind}]`);
		tile.querySelector(".unit").textContent = unit();
		if (last === undefined) continue;
		tile.querySelector("output").value = text(kind, last[column]);
		drawSpark(
			tile.querySelector("svg"),
			recent.map((row) => [row[0], row[column]]),
			SPARK_SECONDS,
			leastSpan,
		);
	}
}

// ---- whether the station is there

let state = "connecting";
let source = null;
let watchdog = 0;
let retry = 0;

function is(next) {
	clearTimeout(watchdog);
	if (next === "live") watchdog = setTimeout(lost, station.intervalSeconds * 1000 + OVERDUE_MS);
	if (next === state) return;
	const wasGone = state !== "live";
	state = next;
	const pill = byId("state");
	pill.dataset.state = state;
	pill.textContent = { live: "Live", connecting: "Connecting …", gone: "Offline" }[state];
	document.body.classList.toggle("gone", state === "gone");
	const last = recent.at(-1)?.[0];
	byId("alert").hidden = state !== "gone";
	byId("alert").textContent =
		`The station does not answer. ${last === undefined ? "" : `The readings are from ${timeText(last, { second: "2-digit" })}. `}Trying\u00a0again\u00a0…`;
	if (state === "live" && wasGone) void refresh();
}

/** The stream has broken off, or nothing has come for too long. The browser itself would come back only after the former. */
function lost() {
	source?.close();
	clearTimeout(retry);
	is("gone");
	retry = setTimeout(listen, RETRY_MS);
}

function listen() {
	source?.close();
	clearTimeout(watchdog);
	watchdog = setTimeout(lost, TIMEOUT_MS);
	source = new EventSource("/events");
	source.addEventListener("reading", (event) => {
		showReading(JSON.parse(event.data));
		is("live");
	});
	source.addEventListener("settings", (event) => showStation(JSON.parse(event.data)));
	source.onerror = () => void poll();
}

/** When there is no stream, as when too many listen: one reading, and another try. */
async function poll() {
	source.close();
	clearTimeout(watchdog);
	if (state === "live") is("connecting");
	try {
		showReading(await (await ask("/api/readings")).json());
		is("live");
		clearTimeout(watchdog);
		clearTimeout(retry);
		retry = setTimeout(listen, RETRY_MS);
	} catch {
		lost();
	}
}

/** A page that nobody sees keeps no connection from others. */
document.addEventListener("visibilitychange", () => {
	clearTimeout(retry);
	clearTimeout(watchdog);
	if (!document.hidden) return listen();
	source?.close();
	is("connecting");
});

/** What was missed meanwhile. */
async function refresh() {
	try {
		const [about, rows] = await Promise.all([ask("/api/station"), lastRows("minutes", SPARK_SECONDS)]);
		recent = rows;
		showStation(await about.json());
		await readHistory();
	} catch {
		// The stream says whether the station is there.
	}
}

// ---- history

let log = [];
let logTimer = 0;
const choice = byId("choice");
const readout = byId("readout");
const chart = new Chart(byId("history"), byId("moment"), (point) => {
	const { name, unit } = KINDS[choice.elements.of.value];
	const values = visible().map(([, value]) => value);
	const span = () => [Math.min(...values), Math.max(...values)].map((one) => one.toFixed(1)).join(" to ");
	if (values.length === 0) readout.textContent = "No readings yet";
	else if (point === null) readout.textContent = `${name}: ${span()} ${unit()}`;
	else readout.textContent = `${timeText(point[0])} · ${point[1].toFixed(1)} ${unit()}`;
	return readout.textContent;
});

function visible() {
	const { of, hours } = choice.elements;
	const count = (hours.value * 3600) / LOG_STEP_SECONDS;
	return log.slice(-count).map((row) => [row[0], shown(of.value, row[KINDS[of.value].column])]);
}

function drawHistory() {
	const kind = choice.elements.of.value;
	chart.show(visible(), { hue: kind, leastSpan: KINDS[kind].leastSpan * 2 });
}

/** Reads as much of the log's end as is not there yet. */
async function readHistory() {
	clearTimeout(logTimer);
	const count = (choice.elements.hours.value * 3600) / LOG_STEP_SECONDS;
	const last = log.at(-1)?.[0] ?? 0;
	const missed = Math.ceil((Date.now() / 1000 - last) / LOG_STEP_SECONDS) + 1;
	const rows = await lastRows("day", log.length < count ? count : Math.min(count, missed));
	log = [...log.filter(([seconds]) => seconds < rows[0][0]), ...rows];
	drawHistory();
	logTimer = setTimeout(() => readHistory().catch(() => {}), LOG_STEP_SECONDS * 1000);
}

choice.addEventListener("change", () => {
	drawHistory();
	readHistory().catch(() => {});
});

// ---- signing in, settings

const settings = byId("settings");

function showStation(told) {
	Object.assign(station, told);
	document.title = station.name;
	byId("name").textContent = station.name;
	byId("guest").hidden = station.user !== null;
	byId("owner").hidden = station.user === null;
	byId("user").textContent = station.user ?? "";
	byId("trial").hidden = station.trial === null;
	byId("trial-image").hidden = !station.hasTrialImage;
	const [name, password] = byId("trial").querySelectorAll("code");
	name.textContent = station.trial?.name;
	password.textContent = station.trial?.password;
	if (!settings.contains(document.activeElement)) {
		settings.elements.name.value = station.name;
		settings.elements.interval.value = station.intervalSeconds;
		settings.elements.unit.value = station.unit;
	}
	drawTiles();
	drawHistory();
}

/** Sends a form as it would send itself, but stays on the page. A redirect is how the station says that all is well. */
function keepOnPage(form, done) {
	form.addEventListener("submit", async (event) => {
		event.preventDefault();
		const result = form.querySelector(".result");
		const say = (words, isBad) => {
			if (result === null) return;
			result.textContent = words;
			result.classList.toggle("bad", isBad);
		};
		say("", false);
		try {
			const answer = await fetch(form.action, {
				method: "POST",
				body: new URLSearchParams(new FormData(form)),
				redirect: "manual",
				signal: AbortSignal.timeout(TIMEOUT_MS),
			});
			if (answer.type !== "opaqueredirect") {
				const words = (await answer.text()).trim();
				say(`${words.charAt(0).toUpperCase()}${words.slice(1)}.`, true);
				// The session may be over.
				if (answer.status === 403) showStation(await (await ask("/api/station")).json());
				return;
			}
			showStation(await (await ask("/api/station")).json());
			done(say);
		} catch {
			say("No answer. Try again.", true);
		}
	});
}

keepOnPage(byId("sign-in"), () => {
	byId("sign-in").reset();
	byId("settings-title").focus();
});
keepOnPage(byId("sign-out"), () => byId("sign-in").elements.name.focus());
keepOnPage(settings, (say) => say("Saved.", false));

watchFirmware();
byId("where").textContent = location.host;
drawTiles();
listen();
