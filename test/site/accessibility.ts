/** The basics that a program can see: names, headings, languages, and the contrast of text. */
import type { Page } from 'playwright-core';

/** One line for each fault. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  return await page.evaluate(`(() => {
    const problems = [];
    const describe = (element) => element.outerHTML.slice(0, 100);
    const visible = (element) => element.checkVisibility({ visibilityProperty: true });
    const nameOf = (element) =>
      element.getAttribute('aria-label') ?? element.getAttribute('title') ??
      (element.innerText.trim() || element.textContent.trim() || [...element.querySelectorAll('img[alt]')].map(({ alt }) => alt).join(' '));
    if (!document.documentElement.lang) problems.push('the page has no language');
    if (!document.title) problems.push('the page has no title');
    if (document.querySelectorAll('main').length !== 1 && !document.querySelector('.VPContent')) problems.push('there is no main part');
    for (const element of document.querySelectorAll('img:not([alt])')) problems.push('no text for ' + describe(element));
    for (const element of document.querySelectorAll('a[href], button, [role=switch], iframe'))
      if (visible(element) && !nameOf(element)) problems.push('no name for ' + describe(element));
    for (const element of document.querySelectorAll('input, select, textarea'))
      if (visible(element) && !element.labels?.length && !element.ariaLabel) problems.push('no label for ' + describe(element));
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
    for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index))) problems.push('the id ' + id + ' is there twice');
    const levels = [...document.querySelectorAll('.VPContent h1, .VPContent h2, .VPContent h3, .VPContent h4')]
      .filter(visible).filter((heading) => !heading.closest('aside')).map(({ localName }) => Number(localName[1]));
    if (levels.filter((level) => level === 1).length !== 1) problems.push('there is not one first heading, but ' + levels.join(' '));
    levels.forEach((level, index) => {
      if (index > 0 && level > levels[index - 1] + 1) problems.push('a heading of level ' + level + ' follows one of level ' + levels[index - 1]);
    });
    return problems;
  })()`);
}

/** Of visible text on the background that it stands on (WCAG 2: 4.5 is enough for small text). */
export async function faintestContrast(page: Page): Promise<number> {
  return await page.evaluate(`(() => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true });
    const over = (colours) => {
      canvas.clearRect(0, 0, 1, 1);
      for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
      return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const luminance = (colour) => {
      const [r, g, b] = colour.map((each) => each / 255).map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ratios = [...document.querySelectorAll('.VPContent *, .VPNav *, .VPSidebar *')]
      .filter((element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
      .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
      .map((element) => {
        const backgrounds = [];
        for (let at = element; at; at = at.parentElement) backgrounds.unshift(getComputedStyle(at).backgroundColor);
        const style = getComputedStyle(element);
        const one = luminance(over(backgrounds));
        const other = luminance(over([...backgrounds, style.webkitTextFillColor || style.color]));
        return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      });
    return Math.min(...ratios);
  })()`);
}
