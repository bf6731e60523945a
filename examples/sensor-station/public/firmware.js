// The firmware card: a file is chosen or dropped, and its upload shown.

import { Upload } from "./upload.js";

const byId = (id) => document.getElementById(id);
const megabytes = (octets) => `${(octets / 1e6).toFixed(octets < 1e5 ? 3 : 1)} MB`;

let upload = null;
/** When the upload went on last, and from where, for its speed. */
let since = null;

const sentence = (words) => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

function told(state, sent, words) {
	if (state === "sending") return `Uploading${speed(sent)} …`;
	if (state === "waiting") return `${sentence(words || "the connection broke off")} Trying again …`;
	if (state === "paused") return `Paused at ${megabytes(sent)}.`;
	if (state === "done") return "Complete and checked. It runs from the next restart on.";
	return sentence(words);
}

function speed(sent) {
	const seconds = (performance.now() - since.ms) / 1000;
	const perSecond = (sent - since.sent) / seconds;
	if (seconds < 1 || perSecond <= 0) return "";
	return ` at ${megabytes(perSecond)} a second, ${Math.ceil((upload.size - sent) / perSecond)} s to go`;
}

function show(state, sent, words) {
	const share = upload.size === 0 ? 1 : sent / upload.size;
	if (state === "sending") since ??= { ms: performance.now(), sent };
	else since = null;
	const isOver = state === "done" || state === "failed";
	byId("upload").dataset.state = state;
	byId("progress").value = share;
	byId("progress").hidden = state === "failed";
	byId("share").textContent =
		`${state === "failed" ? "" : `${Math.floor(share * 100)} % of `}${megabytes(upload.size)}`;
	byId("told").textContent = told(state, sent, words);
	byId("told").classList.toggle("bad", state === "failed");
	byId("pause").hidden = isOver;
	byId("pause").textContent = state === "paused" ? "Resume" : "Pause";
	byId("cancel").textContent = isOver ? "Another file" : "Cancel";
}

function begin(file) {
	if (file === undefined || upload !== null) return;
	byId("choose").hidden = true;
	byId("upload").hidden = false;
	byId("file").textContent = file.name;
	upload = new Upload(file, show);
	upload.size = file.size;
	void upload.go();
	byId("pause").focus();
}

/** Makes the card work. */
export function watchFirmware() {
	const drop = byId("drop");
	const input = drop.querySelector("input");
	input.addEventListener("change", () => begin(input.files[0]));
	for (const name of ["dragenter", "dragover"]) {
		drop.addEventListener(name, (event) => {
			event.preventDefault();
			drop.classList.add("over");
		});
	}
	for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
	drop.addEventListener("drop", (event) => {
		event.preventDefault();
		begin(event.dataTransfer.files[0]);
	});
	byId("pause").addEventListener("click", () => {
		if (upload.isPaused) void upload.go();
		else upload.pause();
	});
	byId("cancel").addEventListener("click", () => {
		upload.cancel();
		upload = null;
		since = null;
		input.value = "";
		byId("upload").hidden = true;
		byId("choose").hidden = false;
		input.focus();
	});
}
