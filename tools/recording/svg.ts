/**
 * A film as one SVG: all frames stand side by side, and CSS moves the right one into the window. It needs no script, so
 * it also moves where a page shows it as a picture. Without motion it shows the last frame.
 */
import type { Cast } from './cast.ts';
import { type Film, type Frame, filmOf } from './film.ts';
import type { Cell, Line, Style } from './terminal.ts';

const cell = { width: 8.4, height: 18 };
const padding = 16;
/** Above the screen, for the title. */
const bar = 32;
/** How long the last frame stays, in seconds. */
const rest = 8;
/** The film stops then, and the last frame stays. */
const times = 3;

const fonts = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace";

/** Text on its background has a contrast of at least 4.5 in both. */
const colours = {
  light: ['#1f2328', '#cf222e', '#1a7f37', '#7d4e00', '#0550ae', '#8250df', '#1b6d74'],
  dark: ['#f0f6fc', '#ff7b72', '#3fb950', '#d29922', '#79c0ff', '#d2a8ff', '#39c5cf'],
};

export function recordingSvg(cast: Cast): string {
  const film = filmOf(cast);
  const window = { width: Math.ceil(cast.columns * cell.width), height: cast.rows * cell.height };
  const width = window.width + 2 * padding;
  const height = window.height + bar + 2 * padding;
  const lines = new LineBook();
  const frames = film.frames.map(({ lines: screen }, index) => frameOf(screen, index * window.width, lines));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title description" font-family="${fonts}" font-size="14">
<title id="title">${escaped(cast.title)}</title>
<desc id="description">A recorded terminal that runs ${escaped(cast.command)}. Pauses are shortened, and lines appear one after the other.</desc>
<style>
${styleSheet(film, window.width)}
</style>
<defs>
${lines.definitions()}
</defs>
<rect class="window" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
<text x="${padding}" y="21" class="d">${escaped(cast.title)}</text>
<path class="window" d="M0.5 ${bar + 0.5}H${width - 0.5}"/>
<clipPath id="clip"><rect width="${window.width}" height="${window.height}"/></clipPath>
<g transform="translate(${padding} ${bar + padding})"><g clip-path="url(#clip)"><g class="film">
${frames.join('\n')}
</g></g></g>
</svg>
`;
}

function styleSheet({ frames, length }: Film, width: number): string {
  const total = length + rest;
  const percent = ({ from }: Frame) => `${Number(((from / total) * 100).toFixed(3))}%`;
  const last = -(frames.length - 1) * width;
  const keyframes = frames.map((frame, index) => `${percent(frame)}{transform:translateX(${-index * width}px)}`);
  return [
    palette(colours.light, '#f6f8fa', '#d1d9e0', '#59636e'),
    `@media (prefers-color-scheme: dark){${palette(colours.dark, '#0d1117', '#3d444d', '#9198a1')}}`,
    '.b{font-weight:600}',
    `.film{transform:translateX(${last}px);animation:film ${Number(total.toFixed(2))}s step-end ${times} forwards}`,
    `@keyframes film{${keyframes.join('')}100%{transform:translateX(${last}px)}}`,
    '@media (prefers-reduced-motion: reduce){.film{animation:none}}',
  ].join('\n');
}

function palette(text: readonly string[], background: string, border: string, dim: string): string {
  return [
    `.window{fill:${background};stroke:${border}}`,
    ...text.map((colour, index) => `${index === 0 ? 'text' : `.c${index}`}{fill:${colour}}`),
    `.d{fill:${dim}}`,
  ].join('');
}

/** Most lines are in many frames, and are written once. */
class LineBook {
  readonly #names = new Map<string, string>();

  nameOf(line: Line): string | undefined {
    const content = piecesOf(line).map(textElement).join('');
    if (content === '') return undefined;
    const name = this.#names.get(content) ?? `l${this.#names.size}`;
    this.#names.set(content, name);
    return name;
  }

  definitions(): string {
    return [...this.#names].map(([content, name]) => `<g id="${name}">${content}</g>`).join('\n');
  }
}

function frameOf(screen: readonly Line[], x: number, lines: LineBook): string {
  const uses = screen.map((line, row) => {
    const name = lines.nameOf(line);
    return name === undefined ? '' : `<use href="#${name}" y="${row * cell.height}"/>`;
  });
  return `<g transform="translate(${x})">${uses.join('')}</g>`;
}

type Piece = { column: number; text: string; style: Style };

/** Cells of one style without wide gaps: each is put at its own column, whatever font the reader has. */
function piecesOf(line: Line): Piece[] {
  const pieces: Piece[] = [];
  let column = 0;
  for (const run of runsOf(line)) {
    const text = run.map(({ character }) => character).join('');
    for (const { 0: words, index } of text.matchAll(/[^ ]+(?: [^ ]+)*/g)) {
      const start = column + [...text.slice(0, index)].length;
      pieces.push({ column: start, text: words, style: run[0]?.style ?? { bold: false, dim: false, colour: 0 } });
    }
    column += run.length;
  }
  return pieces;
}

function runsOf(line: Line): Cell[][] {
  const runs: Cell[][] = [];
  for (const each of line) {
    const run = runs.at(-1);
    if (run?.[0] !== undefined && className(run[0].style) === className(each.style)) run.push(each);
    else runs.push([each]);
  }
  return runs;
}

function textElement({ column, text, style }: Piece): string {
  const name = className(style);
  const width = Number(([...text].length * cell.width).toFixed(1));
  const x = Number((column * cell.width).toFixed(1));
  return `<text x="${x}" y="14" textLength="${width}"${name && ` class="${name}"`}>${escaped(text)}</text>`;
}

function className({ bold, dim, colour }: Style): string {
  return [bold && 'b', dim && 'd', colour > 0 && `c${colour}`].filter(Boolean).join(' ');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
