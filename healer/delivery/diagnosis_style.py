"""How the page of a diagnosis looks: on paper and screens of any width, in light and dark.

Suspiciousness is told by one hue in ten steps and by the width of a bar, so that it is legible in grey as well.
"""

from __future__ import annotations

from healer.delivery.diagnosis_listing import LEVELS

_RULES = """
:root { color-scheme: light dark;
  --ground: #ffffff; --raised: #f6f7f9; --line: #dde1e6; --text: #1c2127; --quiet: #5b6670; --link: #0b57a4;
  --hot: 214 92 0; --bad: #a81e12; --gone: #fdeceb; --come: #e7f6ec; --come-text: #14652f; }
@media screen and (prefers-color-scheme: dark) { :root {
  --ground: #14171b; --raised: #1c2026; --line: #323942; --text: #dfe4ea; --quiet: #98a3af; --link: #7fb4f5;
  --hot: 255 146 51; --bad: #ff9a8f; --gone: #3a1f1f; --come: #173022; --come-text: #8fd6a7; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { margin: 0; background: var(--ground); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 2rem 1.25rem 5rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; letter-spacing: -.01em; }
h2 { font-size: 1.15rem; margin: 3rem 0 .75rem; padding-bottom: .35rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
p { margin: .4rem 0; }
a { color: var(--link); text-decoration: none; } a:hover, a:focus-visible { text-decoration: underline; }
code, pre, .code, .id { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: .8125rem; }
.quiet { color: var(--quiet); font-size: .875rem; }
.id { overflow-wrap: anywhere; }
.lead { background: var(--raised); border: 1px solid var(--line); border-left: .375rem solid rgb(var(--hot));
  border-radius: .375rem; padding: .9rem 1.1rem; margin: 1.25rem 0 0; }
.lead p:first-child { margin-top: 0; } .lead p:last-child { margin-bottom: 0; }
.card { border: 1px solid var(--line); border-radius: .375rem; margin: 0 0 1rem; overflow: clip; }
.card > header { padding: .75rem 1rem; display: flex; gap: .2rem 1rem; flex-wrap: wrap; align-items: baseline; }
.card > header h3 { flex: 1 1 16rem; }
.card > .said { padding: .35rem 1rem; color: var(--quiet); }
.card > .body { padding: 0 1rem .85rem; }
h3 code { font-size: .95rem; font-weight: 600; } h3 a { font-weight: 400; font-size: .875rem; margin-left: .35rem; }
.lead code { font-size: 1rem; }
.rank { color: var(--quiet); font-weight: 400; }
ul { margin: .25rem 0; padding-left: 1.15rem; } li { margin: .15rem 0; overflow-wrap: anywhere; }
.further { margin: .25rem 0 .75rem; padding-left: 3rem; } .further li { font-size: .875rem; }
.tests { list-style: none; padding: 0; }
.meter { display: inline-block; width: 6rem; height: .55rem; border: 1px solid var(--quiet); border-radius: .15rem;
  margin-right: .5rem; overflow: hidden; }
.meter i { display: block; height: 100%; background: rgb(var(--hot)); }
.score { white-space: nowrap; font-variant-numeric: tabular-nums; }
pre { margin: 0; padding: .75rem 1rem; overflow-x: auto; background: var(--raised); border-radius: .375rem;
  line-height: 1.45; tab-size: 4; }
pre.said { color: var(--bad); font-weight: 600; white-space: pre-wrap; overflow-wrap: anywhere; margin: .25rem 0; }
.code { overflow-x: auto; line-height: 1.5; tab-size: 4; border-top: 1px solid var(--line); }
.card > .code:first-child { border-top: 0; }
.l { display: grid; grid-template-columns: 4.25rem minmax(max-content, 1fr); min-width: max-content; }
.ran .l { grid-template-columns: 4.25rem 6rem minmax(max-content, 1fr); }
.ran .head { grid-template-columns: 4.25rem 6rem minmax(max-content, 1fr); }
.l code { white-space: pre; padding: 0 1rem 0 1.4rem; }
.n, .r { color: var(--quiet); text-align: right; padding-right: .75rem; user-select: none; white-space: nowrap;
  font-variant-numeric: tabular-nums; }
.r { display: none; } .ran .r { display: block; }
.l:target, .l:target code { outline: 2px solid var(--link); outline-offset: -2px; }
.gap { color: var(--quiet); padding-left: 3.1rem; user-select: none; }
.d-gone { background: var(--gone); color: var(--bad); } .d-come { background: var(--come); color: var(--come-text); }
.diff .l { grid-template-columns: 4.25rem 1.25rem minmax(max-content, 1fr); } .diff .l code { padding-left: 0; }
.diff .s { user-select: none; }
details > summary { cursor: pointer; padding: .3rem 1rem; color: var(--quiet); font-size: .8125rem; }
.card > details { border-top: 1px solid var(--line); } .card > details:first-child { border-top: 0; }
.body details > summary { padding-left: 0; }
.odd { background: var(--bad); color: var(--ground); border-radius: .2rem; padding: 0 .25rem; font-size: .6875rem;
  font-family: system-ui, sans-serif; }
.scale { display: flex; flex-wrap: wrap; gap: .35rem .75rem; align-items: center; margin: 0 0 1rem; }
.steps { display: inline-flex; } .steps span { display: inline-block; }
.steps code { display: inline-block; padding: .1rem .35rem .1rem 1.1rem; }
nav ol { margin: .25rem 0; padding-left: 1.5rem; }
@media (max-width: 40rem) { main { padding: 1.25rem .75rem 3rem; } h1 { font-size: 1.3rem; }
  .l { grid-template-columns: 3.1rem minmax(max-content, 1fr); }
  .ran .l { grid-template-columns: 3.1rem 4.4rem minmax(max-content, 1fr); }
  .diff .l { grid-template-columns: 3.1rem 1rem minmax(max-content, 1fr); }
  .n, .r { padding-right: .4rem; } code, pre, .code, .id { font-size: .75rem; } }
@media print { body { font-size: 10pt; } main { max-width: none; padding: 0; } .card { break-inside: auto; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } a { color: inherit; }
  .l, .l code { white-space: pre-wrap; min-width: 0; } .l { grid-template-columns: 3.5rem 1fr; }
  .ran .l { grid-template-columns: 3.5rem 5rem 1fr; } details:not([open]),
  .card:has(> details:only-child:not([open])) { display: none; } }
"""
_STRONGEST = 0.42
_WIDEST = 0.8
"""How opaque the tint of a line is, and how wide its bar in rem, on the last step."""


def _step(level: int) -> str:
    share = level / LEVELS
    bar = f"linear-gradient(rgb(var(--hot)) 0 0) 0 0 / {_WIDEST * share:.2f}rem 100% no-repeat"
    tint = f"rgb(var(--hot) / {_STRONGEST * share:.3f})"
    return f".h{level} code {{ background: {bar}, {tint}; }} .w{level} {{ width: {share:.0%}; }}"


STYLE = _RULES + "\n".join(_step(level) for level in range(1, LEVELS + 1)) + "\n"
