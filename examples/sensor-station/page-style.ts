// The style of the station's page. For page.ts.

export const STYLE = `:root {
	color-scheme: light dark;
	--ground: #f3f5f7; --card: #fff; --ink: #1c2733; --quiet: #5c6b7a; --line: #d9e0e6;
	--accent: #0b7285; --fill: #0b728522; --bad: #c0392b;
}
@media (prefers-color-scheme: dark) {
	:root {
		--ground: #11181f; --card: #1a242e; --ink: #e6edf3; --quiet: #9aa9b8; --line: #2c3a47;
		--accent: #4dc4d9; --fill: #4dc4d922; --bad: #ff8577;
	}
}
* { box-sizing: border-box; }
body {
	margin: 0 auto; max-width: 60rem; padding: 1.5rem clamp(1rem, 4vw, 2.5rem);
	background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif;
}
header { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 0 1rem; }
h1 { margin: 0; font-size: 1.6rem; }
h2 { margin: 0; font-size: .95rem; font-weight: 600; color: var(--quiet); }
#state { margin: 0; color: var(--quiet); }
#state::before { content: "●"; margin-right: .4em; color: var(--quiet); }
#state.live::before { color: #2b9348; }
#state.lost::before { color: var(--bad); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 1rem; margin: 1.25rem 0 1rem; }
article, .card { background: var(--card); border: 1px solid var(--line); border-radius: .8rem; padding: 1rem 1.2rem; }
.card { margin-bottom: 1rem; }
article p { margin: .2rem 0 .5rem; font-size: 2.2rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
article small { font-size: 1rem; color: var(--quiet); }
svg { display: block; width: 100%; height: 3.75rem; }
svg path { vector-effect: non-scaling-stroke; }
svg .line { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; }
svg .area { fill: var(--fill); }
form { display: flex; flex-wrap: wrap; gap: .75rem; margin: .75rem 0; align-items: center; }
input[type=file] { flex: 1 1 14rem; min-width: 0; color: inherit; font: inherit; }
button {
	border: 0; border-radius: .5rem; padding: .5rem 1.2rem; background: var(--accent); color: var(--card);
	font: inherit; font-weight: 600; cursor: pointer;
}
button:disabled { opacity: .5; cursor: default; }
progress { width: 100%; accent-color: var(--accent); }
#result { margin: .25rem 0 0; overflow-wrap: anywhere; }
#result.bad { color: var(--bad); }
ul { margin: .5rem 0 0; padding-left: 1.1rem; }
a { color: var(--accent); }
footer { color: var(--quiet); font-size: .9rem; text-align: center; }
`;
