/**
 * One page that opens from disk, from a ticket or from a CI artifact: it loads nothing, runs no script, and its
 * Content-Security-Policy says so. Everything that comes from manifests or a cluster is escaped.
 */
import { createHash } from 'node:crypto';
import { describeRef } from '../../objects/identity.ts';
import type { Preview } from '../document.ts';
import { count } from '../rules/words.ts';
import { comparisonOf } from './comparison.ts';
import { html, type Markup, prose, raw } from './html/escape.ts';
import { findingsSection } from './html/findings.ts';
import { style } from './html/style.ts';
import { timelineFigure } from './html/timeline.ts';
import { commandOf, countsOf, endingOf, suppressedTexts, whyOf, worstOf } from './words.ts';

export function htmlReport(preview: Preview, { version }: { version: string }): string {
  const command = commandOf(preview);
  const { text } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${command}: preview</title>
<style>${raw(style)}</style>
</head>
<body>
<header>
<h1>What happens: <code>${command}</code></h1>
${verdict(preview)}
<p class="faint">${subjectOf(preview)}</p>
</header>
<main>
${findingsSection(preview.findings)}${timelines(preview)}${comparison(preview)}${left(preview)}${texts(
  'supposed',
  'Assumed, because the input does not contain it',
  preview.supposed,
)}${texts('suppressed', 'Suppressed', suppressedTexts(preview))}${texts('not-seen', 'Not seen, so nothing is concluded from it', preview.notSeen)}</main>
<footer>Made by bookend ${version}, on a simulated cluster. Nothing was changed.</footer>
</body>
</html>
`;
  return text;
}

/** Only this very style sheet, and nothing else from anywhere. */
function policy(): string {
  const digest = createHash('sha256').update(style).digest('base64');
  return `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`;
}

function verdict(preview: Preview): Markup {
  const worst = worstOf(preview.findings);
  const look = preview.outcome === 'succeeded' || worst === 'warning' ? (worst ?? 'good') : 'error';
  const found = preview.findings.length === 0 ? 'Nothing found' : `Found: ${countsOf(preview.findings)}`;
  return html`<p class="verdict ${look}"><strong>${found}.</strong> It ${endingOf(preview)}.</p>`;
}

function subjectOf({ subject: { from, name, namespace, live, objects }, scenario }: Preview): string {
  const what = { release: 'Release', chart: 'Chart', files: 'Files', namespace: 'Namespace' }[from];
  const where = from === 'namespace' ? '' : `, namespace ${namespace}`;
  const seen = live ? 'a live cluster was read' : 'no cluster was read';
  return `${what} ${name}${where}; ${count(objects, 'object')}; ${seen}; seed ${scenario.seed}`;
}

function timelines(preview: Preview): Markup {
  const { timeline, settledMs, bookend } = preview;
  const [asked = 'As asked for', through = 'Bookend'] = comparisonOf(preview)?.columns ?? [commandOf(preview)];
  // On one scale, so that lengths can be compared.
  const end = Math.max(settledMs, bookend?.timeline ? bookend.settledMs : 0);
  const second = bookend?.timeline ? [timelineFigure(through, bookend.timeline, end)] : [];
  return html`<section aria-labelledby="timeline"><h2 id="timeline">Timeline</h2>
<div class="runs ${second.length > 0 ? 'two' : 'one'}">
${[timelineFigure(asked, timeline, end), ...second]}</div></section>
`;
}

function comparison(preview: Preview): Markup {
  const found = comparisonOf(preview);
  if (!found) return raw('');
  const [asked, through] = found.columns;
  return html`<section aria-labelledby="comparison"><h2 id="comparison">Same uninstall with Bookend</h2>
<div class="scroll"><table><thead><tr><td></td><th scope="col">${asked}</th><th scope="col">${through}</th></tr></thead>
<tbody>${found.rows.map(([name, a, b]) => html`<tr><th scope="row">${name}</th><td>${a}</td><td>${b}</td></tr>\n`)}</tbody></table></div></section>
`;
}

function left({ left: all }: Preview): Markup {
  if (all.length === 0) return raw('');
  return html`<section aria-labelledby="left"><h2 id="left">Left behind</h2>
<div class="scroll"><table><thead><tr><th scope="col">Object</th><th scope="col">Why</th></tr></thead>
<tbody>${all.map(
    (each) =>
      html`<tr><td>${describeRef(each.object)}</td><td><strong>${whyOf(each)}</strong>: ${prose(each.because)}</td></tr>\n`,
  )}</tbody></table></div></section>
`;
}

function texts(id: string, title: string, lines: readonly string[]): Markup {
  if (lines.length === 0) return raw('');
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2><ul class="plain">${lines.map((line) => html`<li>${line}</li>`)}</ul></section>
`;
}
