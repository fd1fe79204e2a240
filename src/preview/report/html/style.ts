/** The look of the page: light and dark, from a phone to a wide screen, without anything from elsewhere. */
export const style = `
:root{color-scheme:light dark;--paper:#fff;--card:#f6f7f9;--ink:#1a1f26;--faint:#59636e;--line:#d5dae1;--error:#b3261e;--warning:#8a5300;--note:#0b57a4;--good:#1a6b34;--bar:#5b7ea6;--pod:#2f7d5b;--lost:#d17b0f;--stuck:#b3261e;--tint-error:#fdecea;--tint-warning:#fdf3e1;--tint-note:#e8f1fb;--tint-good:#e7f5ec}
@media(prefers-color-scheme:dark){:root{--paper:#12161c;--card:#1b2129;--ink:#e6eaf0;--faint:#9aa5b1;--line:#333c48;--error:#ff8a80;--warning:#f5c063;--note:#8ec3ff;--good:#7bd69a;--bar:#7d9fc6;--pod:#58b88c;--lost:#f0a33c;--stuck:#ff8a80;--tint-error:#3a1d1c;--tint-warning:#352a16;--tint-note:#17283c;--tint-good:#162c1f}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main,header,footer{max-width:72rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2rem}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem;overflow-wrap:anywhere}
h1 code{font-size:1em;background:none;padding:0}
h2{font-size:1.2rem;margin:2.5rem 0 .75rem}
h3{font-size:1.02rem;margin:0;overflow-wrap:anywhere}
p{margin:.4rem 0}
code{font:0.88em/1.4 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
.verdict{border-left:.35rem solid var(--good);background:var(--tint-good);padding:.75rem 1rem;border-radius:.4rem;overflow-wrap:anywhere}
.verdict.error{border-color:var(--error);background:var(--tint-error)}
.verdict.warning{border-color:var(--warning);background:var(--tint-warning)}
.verdict.note{border-color:var(--note);background:var(--tint-note)}
.faint,dt,figcaption,footer{color:var(--faint)}
.finding{background:var(--card);border:1px solid var(--line);border-left:.35rem solid var(--note);border-radius:.4rem;padding:.9rem 1.1rem;margin:0 0 1rem}
.finding.error{border-left-color:var(--error)}
.finding.warning{border-left-color:var(--warning)}
.finding .top{display:flex;gap:.6rem;align-items:baseline}
.finding .top h3{flex:1;min-width:0}
.badge{font-size:.75rem;font-weight:700;letter-spacing:.03em;text-transform:uppercase;border-radius:.3rem;padding:.1rem .45rem;background:var(--tint-note);color:var(--note)}
.badge.error{background:var(--tint-error);color:var(--error)}
.badge.warning{background:var(--tint-warning);color:var(--warning)}
.badge.prevented{background:var(--tint-good);color:var(--good)}
dl{display:grid;grid-template-columns:9.5rem 1fr;gap:.35rem 1rem;margin:.7rem 0 0}
dd{margin:0;overflow-wrap:anywhere}
dd ul{margin:0;padding:0;list-style:none}
ul.plain{margin:0;padding-left:1.2rem}
ul.plain li{overflow-wrap:anywhere;margin:.2rem 0}
.runs{display:grid;gap:1.5rem;grid-template-columns:1fr}
@media(min-width:68rem){.runs.two{grid-template-columns:1fr 1fr}}
figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:.4rem;padding:.9rem 1.1rem;min-width:0}
figcaption{font-weight:600;margin-bottom:.5rem;color:var(--ink)}
ol.timeline{list-style:none;margin:0;padding:0}
ol.timeline>li{padding:.35rem 0;border-top:1px solid var(--line)}
ol.timeline>li:first-child{border-top:0}
.label{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1rem;font-size:.9rem}
.label b{font-weight:600;overflow-wrap:anywhere}
.label span{color:var(--faint);white-space:nowrap;font-variant-numeric:tabular-nums}
.notes{font-size:.85rem;color:var(--faint);overflow-wrap:anywhere}
svg{display:block;overflow:visible}
svg .grid{stroke:var(--line);stroke-width:1}
svg .ending{fill:var(--bar)}
svg .pod{fill:var(--pod)}
svg .lost{fill:var(--lost)}
svg .stuck{fill:var(--stuck)}
svg .failed{stroke:var(--stuck);stroke-width:2.5;fill:none}
svg text{fill:var(--faint);font-size:11px;font-variant-numeric:tabular-nums}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;font-size:.85rem;color:var(--faint);margin:.6rem 0 0;padding:0;list-style:none}
.legend li{display:flex;gap:.4rem;align-items:center}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.4rem .75rem .4rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600}
tbody th{font-weight:400;color:var(--faint)}
details{margin-top:.6rem}
summary{cursor:pointer;color:var(--note)}
summary:focus-visible,a:focus-visible{outline:2px solid var(--note);outline-offset:2px}
footer{padding-top:2.5rem;padding-bottom:2rem;font-size:.85rem}
@media(max-width:34rem){dl{grid-template-columns:1fr;gap:.1rem}dd{margin-bottom:.5rem}main,header,footer{padding-left:.9rem;padding-right:.9rem}}
@media print{.finding,figure,li{break-inside:avoid}}
`;
