// GET /: the station's page, in one piece, without anything from elsewhere. Fixed octets, made once, as flash likes them.

import { type Prebuilt, prebuild } from "thimble-http";
import { SCRIPT } from "./page-script.js";
import { STYLE } from "./page-style.js";

const CONTENT = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sensor station</title>
<link rel="icon" href="data:,">
<style>
${STYLE}</style>
</head>
<body>
<header>
<h1>Sensor station</h1>
<p id="state" role="status">connecting …</p>
</header>
<main>
<section class="tiles" aria-label="Readings">
<article><h2>Temperature</h2><p><output id="celsius">–</output> <small>°C</small></p><svg id="celsius-line" role="img" aria-label="Temperature, last six hours" viewBox="0 0 300 60" preserveAspectRatio="none"></svg></article>
<article><h2>Humidity</h2><p><output id="humidity">–</output> <small>%</small></p><svg id="humidity-line" role="img" aria-label="Humidity, last six hours" viewBox="0 0 300 60" preserveAspectRatio="none"></svg></article>
<article><h2>Pressure</h2><p><output id="pressure">–</output> <small>hPa</small></p><svg id="pressure-line" role="img" aria-label="Pressure, last six hours" viewBox="0 0 300 60" preserveAspectRatio="none"></svg></article>
</section>
<section class="card">
<h2>Firmware</h2>
<form id="upload">
<input type="file" id="file" required aria-label="Firmware file">
<button>Upload</button>
</form>
<progress id="progress" max="1" value="0" hidden></progress>
<p id="result" role="status">Any file: it is counted and checked, not flashed.</p>
</section>
<nav class="card">
<h2>Also here</h2>
<ul>
<li><a href="/api/readings">/api/readings</a> one reading, as JSON</li>
<li><a href="/api/history">/api/history</a> two weeks of readings, streamed as CSV</li>
<li><a href="/wait?ms=2000">/wait?ms=2000</a> answers two seconds later</li>
<li><code>POST /echo</code> returns what it gets, as it comes</li>
</ul>
</nav>
</main>
<footer>Served by Thimble from fixed buffers.</footer>
<script>
${SCRIPT}</script>
</body>
</html>
`;

export const page: Prebuilt = prebuild({
	type: "text/html;charset=utf-8",
	content: CONTENT,
	fields: {
		"Cache-Control": "no-cache",
		"Content-Security-Policy":
			"default-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'",
		"X-Content-Type-Options": "nosniff",
	},
});
