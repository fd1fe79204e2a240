import assert from 'node:assert/strict';
import { test } from 'node:test';
import { homeMarkdown } from './home.ts';

const readme =
  '# Bookend\n\nSee what breaks,\nthen remove it.\n\n- **A**\n\n![The order](docs/order.svg)\n\n![Elsewhere](other.svg)\n';
const index = '# Documentation\n\n| I want to … | Read |\n|---|---|\n| see | [Tutorial](tutorial/preview.md) |\n';

test('the home page has the first sentence and the pictures of the README, and the table of the documentation', () => {
  const page = homeMarkdown({ readme, index, description: 'A clean start' });
  const [, front = '', body = ''] = page.split('---\n');
  const { hero } = JSON.parse(front) as { hero: { text: string; tagline: string; actions: { link: string }[] } };
  assert.equal(hero.text, 'A clean start');
  assert.equal(hero.tagline, 'See what breaks, then remove it.');
  assert.equal(hero.actions[0]?.link, '/tutorial/preview');
  assert.match(body, /!\[The order\]\(order\.svg\)/);
  assert.doesNotMatch(body, /Elsewhere/);
  assert.match(body, /## Where to begin\n\n\| I want to/);
});

test('a README without a picture is an error', () => {
  assert.throws(() => homeMarkdown({ readme: '# B\n\nText.\n\n', index, description: '' }), /no picture/);
});
