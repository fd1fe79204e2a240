/** The findings as cards: what, what comes of it, what to do; the evidence opens below. */

import type { FindingEvidence } from '../../../knowledge/evidence.ts';
import { playedText, stepTexts } from '../../../remedies/remedy-text.ts';
import type { Finding } from '../../finding.ts';
import { namesOf, placeOf, throughBookend } from '../words.ts';
import { html, type Markup, prose, raw } from './escape.ts';

export function findingsSection(findings: readonly Finding[]): Markup {
  return html`<section aria-labelledby="findings"><h2 id="findings">Findings</h2>
${findings.length === 0 ? html`<p>Nothing was found.</p>` : findings.map(card)}</section>
`;
}

function card(finding: Finding): Markup {
  const { severity, title, rule, consequence, remedies, bookend, evidence } = finding;
  return html`<article class="finding ${severity}">
<div class="top"><span class="badge ${severity}">${severity}</span><h3>${title}</h3></div>
<dl>
<dt>What happens</dt><dd>${prose(consequence)}</dd>
<dt>What to do</dt><dd><ol>${remedies.map(remedyItem)}</ol></dd>
${rowOfBookend(bookend)}<dt>Objects</dt><dd><ul>${namesOf(finding).map((name) => html`<li>${name}</li>`)}</ul></dd>
<dt>Rule</dt><dd><code>${rule}</code></dd>
</dl>
<details${evidence.length <= 3 ? raw(' open') : raw('')}><summary>Evidence</summary><ul class="plain">${evidence.map(piece)}</ul></details>
</article>
`;
}

function remedyItem({ says, steps, loses, played }: Finding['remedies'][number]): Markup {
  const untried = playedText(played);
  const items = stepTexts(steps).map(({ when, text, code }) => {
    const shown = code ? html`<code>${text}</code>` : prose(text);
    return html`<li>${when === '' ? '' : `${when}: `}${shown}</li>`;
  });
  return html`<li>${prose(says)}${items.length === 0 ? raw('') : html`<ul class="plain">${items}</ul>`}${
    loses === undefined ? '' : ` This loses ${loses}.`
  }${untried === undefined ? raw('') : html` <span class="faint">(${untried})</span>`}</li>`;
}

function rowOfBookend(bookend: Finding['bookend']): Markup {
  const through = throughBookend[bookend];
  return through === undefined
    ? raw('')
    : html`<dt>With Bookend</dt><dd><span class="badge ${bookend}">${through}</span></dd>
`;
}

function piece(evidence: FindingEvidence): Markup {
  const { object, field, value, says } = evidence;
  const place = placeOf(evidence);
  const shown = field === undefined ? raw('') : html`<code>${field}${value === undefined ? '' : ` = ${value}`}</code>: `;
  return html`<li>${object}: ${shown}${prose(says)}${place === undefined ? raw('') : html` <span class="faint">(<code>${place}</code>)</span>`}</li>`;
}
