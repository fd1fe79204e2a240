/**
 * The HTML report as people open it: from disk, in a real browser, on a wide screen and on a phone, in light and dark.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { readYaml } from '../../src/objects/yaml.ts';
import { preview } from '../../src/preview/preview.ts';
import { htmlReport } from '../../src/preview/report/html.ts';
import { bad } from '../../src/preview/report/testing/previews.ts';
import * as permissionsBeforePods from '../../src/preview/rules/permissions-before-pods.ts';
import { subjectOf } from '../../src/reading/manifests.ts';
import { openBrowser } from './chromium.ts';

const screens = [
  { name: 'a wide screen', width: 1280, height: 900, colorScheme: 'light' },
  { name: 'a wide screen in the dark', width: 1280, height: 900, colorScheme: 'dark' },
  { name: 'a phone', width: 360, height: 740, colorScheme: 'light' },
] as const;

describe('The HTML report in a browser', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bookend-report-'));
  let browser: Browser;
  before(async () => {
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    rmSync(directory, { recursive: true });
  });

  /** Opens the page from disk. Whatever it complains of, and whatever it tries to load, is remembered. */
  async function open(html: string, { width, height, colorScheme }: Omit<(typeof screens)[number], 'name'> = screens[0]) {
    const file = join(directory, 'report.html');
    writeFileSync(file, html);
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    return { page, complaints, requests, url: pathToFileURL(file).href };
  }

  for (const { name, ...screen } of screens) {
    test(`shows findings and timeline on ${name}, complains of nothing and loads nothing`, async () => {
      const { page, complaints, requests, url } = await open(htmlReport(bad, { version: '0.1.0' }), screen);
      assert.equal(await page.locator('article.finding').count(), bad.findings.length);
      assert.ok(await page.getByRole('heading', { name: bad.findings[0]?.title ?? '' }).isVisible());
      const bars = page.getByRole('img', { name: /^Pod shop\/agent-1: .*its preStop hook fails/ });
      assert.ok(await bars.isVisible());
      const lost = await bars.locator('rect.lost').boundingBox();
      assert.ok(lost && lost.width > 20 && lost.height > 5, JSON.stringify(lost));
      assert.equal(await page.locator('figure.run').count(), 2);
      assert.deepEqual(complaints, []);
      assert.deepEqual(requests, [url]);
      assert.deepEqual(await tooWide(page), []);
      assert.ok((await contrast(page)) >= 4.5);
    });
  }

  test('puts both runs beside each other where there is room, and below each other where there is none', async () => {
    const tops = async (page: Page) =>
      Promise.all([0, 1].map(async (index) => (await page.locator('figure.run').nth(index).boundingBox())?.y ?? -1));
    const wide = await tops((await open(htmlReport(bad, { version: '0.1.0' }), screens[0])).page);
    assert.equal(wide[0], wide[1]);
    const narrow = await tops((await open(htmlReport(bad, { version: '0.1.0' }), screens[2])).page);
    assert.ok((narrow[1] ?? 0) > (narrow[0] ?? 0));
  });

  test('opens what is folded, without a script', async () => {
    const { page } = await open(htmlReport(bad, { version: '0.1.0' }));
    const listed = page.getByText('ServiceAccount shop/agent', { exact: false }).last();
    assert.equal(await listed.isVisible(), false);
    await page.getByText('2 objects gone at once').click();
    assert.equal(await listed.isVisible(), true);
  });

  test('runs no script that a manifest brings along', async () => {
    const evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
    const { page, complaints, requests, url } = await open(
      htmlReport({ ...bad, supposed: [evil], subject: { ...bad.subject, name: evil } }, { version: evil }),
    );
    assert.match(await page.title(), /^helm uninstall '<img/);
    assert.equal(await page.locator('img, script').count(), 0);
    assert.deepEqual([complaints, requests], [[], [url]]);
  });

  test('shows a real preview', async () => {
    const documents = readYaml(permissionsBeforePods.meta.fails.yaml, 'agent.yaml');
    const { subject } = subjectOf(documents, { from: 'files', name: 'agent.yaml', namespace: 'shop' });
    const found = await preview(subject, { tool: 'helm4', wait: false, hooks: true, timeoutMs: 300_000, seed: 1 });
    const { page, complaints } = await open(htmlReport(found, { version: '0.1.0' }));
    assert.ok(await page.locator('article.finding.error').first().isVisible());
    assert.ok((await page.locator('rect.lost').count()) > 0);
    assert.deepEqual(complaints, []);
  });
});

/** Elements that stick out to the right: on a phone nobody scrolls sideways. */
async function tooWide(page: Page): Promise<string[]> {
  return await page.evaluate(`[...document.querySelectorAll('body *')]
    .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && !element.closest('svg, .scroll'))
    .map((element) => element.outerHTML.slice(0, 80))`);
}

/** Of the faintest text on its card (WCAG 2: 4.5 is enough for small text). */
async function contrast(page: Page): Promise<number> {
  return await page.evaluate(`(() => {
    const channels = (text) => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
    const luminance = (text) => {
      const [r, g, b] = channels(text).map((each) => each / 255).map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const card = luminance(getComputedStyle(document.querySelector('.finding')).backgroundColor);
    return Math.min(...[...document.querySelectorAll('.finding dt, .notes, summary')].map((element) => {
      const text = luminance(getComputedStyle(element).color);
      return (Math.max(text, card) + 0.05) / (Math.min(text, card) + 0.05);
    }));
  })()`);
}
