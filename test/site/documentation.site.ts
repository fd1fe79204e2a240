/**
 * Builds the documentation site and looks at it in a real browser: what a reader sees on a wide screen and on a phone,
 * in the light and in the dark. A page that complains, or asks another host for anything, fails.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { buildSite } from '../../tools/site/build.ts';
import { openBrowser } from '../browser/chromium.ts';
import { accessibilityProblems, faintestContrast } from './accessibility.ts';
import { serve } from './serve.ts';

const screens = [
  { name: 'a wide screen', width: 1280, height: 900, colorScheme: 'light' },
  { name: 'a wide screen in the dark', width: 1280, height: 900, colorScheme: 'dark' },
  { name: 'a phone', width: 390, height: 844, colorScheme: 'light' },
  { name: 'a phone in the dark', width: 390, height: 844, colorScheme: 'dark' },
] as const;
type Screen = Omit<(typeof screens)[number], 'name'>;

const root = join(import.meta.dirname, '..', '..');

describe('The documentation site', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bookend-site-test-'));
  const site = join(directory, 'site');
  let browser: Browser;
  let server: Awaited<ReturnType<typeof serve>>;

  before(async () => {
    await buildSite({ out: site, base: '/' });
    [browser, server] = await Promise.all([openBrowser(), serve(site)]);
  });
  after(async () => {
    await browser?.close();
    await server?.close();
    rmSync(directory, { recursive: true });
  });

  /** Opens a page; what it complains of, and what it loads from elsewhere, are faults. */
  async function open(path: string, { width, height, colorScheme }: Screen = screens[0]) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    const faults: string[] = [];
    page.on('console', (message) => faults.push(message.text()));
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('requestfailed', (request) => faults.push(`failed: ${request.url()}`));
    page.on('request', (request) => {
      if (!request.url().startsWith(server.address)) faults.push(`elsewhere: ${request.url()}`);
    });
    await page.goto(`${server.address}/${path}`, { waitUntil: 'networkidle' });
    return { page, faults };
  }

  test('is the same when it is built again', async () => {
    const again = join(directory, 'again');
    await buildSite({ out: again, base: '/' });
    assert.deepEqual(digests(again), digests(site));
  });

  for (const { name, ...screen } of screens) {
    test(`shows its front page on ${name}`, async () => {
      const { page, faults } = await open('', screen);
      assert.match(await page.locator('h1').innerText(), /^Bookend\s+A clean start and a clean end/);
      for (const picture of await page.locator('.vp-doc img').all()) {
        assert.ok(await picture.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth > 0));
      }
      assert.ok((await page.locator('.vp-doc img').count()) >= 2);
      await isReadable(page, faults);
    });

    test(`shows a page with a wide table on ${name}`, async () => {
      const { page, faults } = await open('reference/values.html', screen);
      const table = page.locator('.vp-doc table').first();
      assert.ok(await table.isVisible());
      const right = await table.evaluate((element) => element.getBoundingClientRect().right);
      assert.ok(right <= screen.width, `the table ends at ${right}`);
      await isReadable(page, faults);
    });
  }

  test('lets the reader choose the dark colours', async () => {
    const { page, faults } = await open('limits.html');
    const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await background();
    await page.getByRole('switch', { name: 'Appearance' }).first().click();
    await page.waitForFunction(`getComputedStyle(document.body).backgroundColor !== ${JSON.stringify(light)}`);
    assert.ok((await faintestContrast(page)) >= 4.5);
    assert.deepEqual(faults, []);
  });

  test('finds "finalizer", and leads to the place', async () => {
    const { page, faults } = await open('');
    await page.getByRole('button', { name: 'Search' }).first().click();
    await page.locator('#localsearch-input').fill('finalizer');
    const results = page.locator('#localsearch-list a');
    await results.first().waitFor();
    assert.ok((await results.count()) >= 5);
    assert.match(await results.first().innerText(), /./);
    await results.first().click();
    await page.waitForURL(/\.html/);
    assert.match(await page.locator('main').innerText(), /finalizer/i);
    assert.deepEqual(faults, []);
  });

  test('has every page of docs/ in its navigation', async () => {
    const { page } = await open('limits.html');
    const links = await page
      .locator('.VPSidebar a')
      .evaluateAll((all) => all.map((link) => (link as unknown as { pathname: string }).pathname));
    const pages = globSync('**/*.md', { cwd: join(root, 'docs'), exclude: ['README.md'] });
    assert.deepEqual(links.sort(), pages.map((path) => `/${path.replace(/\.md$/, '.html')}`).sort());
  });

  test('opens the menu on a phone', async () => {
    const { page, faults } = await open('limits.html', screens[2]);
    await page.locator('button.menu').click();
    await page.locator('.VPSidebar a', { hasText: 'Unblock an object' }).click();
    await page.waitForURL(/how-to\/unblock\.html/);
    assert.deepEqual(faults, []);
  });

  test('shows the HTML report that the tutorial makes', async () => {
    const { page, faults } = await open('tutorial/report.html');
    const report = page.frameLocator('iframe.report');
    await report.locator('article.finding').first().waitFor();
    assert.ok((await report.locator('rect.lost').count()) > 0);
    await page.getByRole('link', { name: 'Open the report' }).click();
    await page.waitForURL(/tutorial\/faulty\.html$/);
    assert.match(await page.title(), /examples\/preview-tutorial\/faulty/);
    assert.deepEqual(faults, []);
  });

  test('plays the recording, except for readers who want no motion', async () => {
    for (const [reducedMotion, expected] of [
      ['no-preference', 1],
      ['reduce', 0],
    ] as const) {
      const page = await browser.newPage({ reducedMotion });
      await page.goto(`${server.address}/demo.svg`);
      assert.equal(await page.evaluate('document.getAnimations().length'), expected);
      await page.close();
    }
    assert.ok(statSync(join(site, 'demo.svg')).size < 200_000);
  });
});

async function isReadable(page: Page, faults: string[]): Promise<void> {
  assert.deepEqual(faults, []);
  assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true, 'it scrolls sideways');
  assert.deepEqual(await accessibilityProblems(page), []);
  const contrast = await faintestContrast(page);
  assert.ok(contrast >= 4.5, `the faintest text has a contrast of ${contrast.toFixed(2)}`);
}

function digests(directory: string): Record<string, string> {
  const files = globSync('**/*', { cwd: directory }).filter((path) => statSync(join(directory, path)).isFile());
  return Object.fromEntries(
    files.sort().map((path) => [
      path,
      createHash('sha256')
        .update(readFileSync(join(directory, path)))
        .digest('hex'),
    ]),
  );
}
