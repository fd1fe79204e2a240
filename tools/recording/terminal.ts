/**
 * What a terminal shows after each piece of output. It knows the few control sequences that our programs write; another
 * one is an error, because the picture would be wrong.
 */

export type Style = { bold: boolean; dim: boolean /** 1 (red) to 6 (cyan); 0 is the colour of the text. */; colour: number };
export type Cell = { character: string; style: Style };
export type Line = readonly Cell[];

const plain: Style = { bold: false, dim: false, colour: 0 };
/** After the escape character. */
const sequence = /\[([?\d;]*)([A-Za-z])/y;

export class Terminal {
  readonly #columns: number;
  readonly #rows: number;
  readonly #lines: Cell[][] = [[]];
  #row = 0;
  #column = 0;
  #style = plain;
  /** The beginning of a sequence whose rest has not come yet. */
  #rest = '';

  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.#rows = rows;
  }

  /** The lines that are visible now: the last ones. */
  get screen(): Line[] {
    return this.#lines.slice(-this.#rows).map((line) => [...line]);
  }

  write(text: string): void {
    const input = this.#rest + text;
    this.#rest = '';
    for (let at = 0; at < input.length; ) {
      if (input[at] === '\u001b') {
        sequence.lastIndex = at + 1;
        const [whole, parameters = '', name = ''] = sequence.exec(input) ?? [];
        if (whole === undefined) {
          if (/^(\[[?\d;]*)?$/.test(input.slice(at + 1))) {
            this.#rest = input.slice(at);
            return;
          }
          throw new Error(`an unknown control sequence: ${JSON.stringify(input.slice(at, at + 8))}`);
        }
        this.#control(name, parameters);
        at += 1 + whole.length;
        continue;
      }
      const character = String.fromCodePoint(input.codePointAt(at) ?? 0);
      this.#print(character);
      at += character.length;
    }
  }

  #print(character: string): void {
    if (character === '\r') this.#column = 0;
    else if (character === '\n') this.#moveTo(this.#row + 1);
    else if (character < ' ') throw new Error(`an unknown control character: ${JSON.stringify(character)}`);
    else {
      if (this.#column === this.#columns) {
        this.#column = 0;
        this.#moveTo(this.#row + 1);
      }
      const line = this.#line();
      while (line.length < this.#column) line.push({ character: ' ', style: plain });
      line[this.#column] = { character, style: this.#style };
      this.#column += 1;
    }
  }

  #control(name: string, parameters: string): void {
    const count = Number(parameters || 1);
    if (name === 'm') for (const code of parameters.split(';')) this.#style = styled(this.#style, Number(code));
    else if (name === 'A') this.#moveTo(Math.max(0, this.#row - count));
    else if (name === 'G') this.#column = count - 1;
    else if (name === 'K') this.#erase(parameters);
    else if (name === 'J' && (parameters === '' || parameters === '0')) {
      this.#erase('0');
      this.#lines.length = this.#row + 1;
    } else if (!((name === 'h' || name === 'l') && parameters === '?25')) {
      throw new Error(`an unknown control sequence: ${parameters}${name}`);
    }
  }

  #erase(parameters: string): void {
    const line = this.#line();
    if (parameters === '2') line.length = 0;
    else if (parameters === '' || parameters === '0') line.length = Math.min(line.length, this.#column);
    else throw new Error(`an unknown control sequence: ${parameters}K`);
  }

  #moveTo(row: number): void {
    this.#row = row;
    while (this.#lines.length <= row) this.#lines.push([]);
  }

  #line(): Cell[] {
    const line = this.#lines[this.#row];
    if (line === undefined) throw new Error(`there is no line ${this.#row}`);
    return line;
  }
}

function styled(style: Style, code: number): Style {
  if (code === 0) return plain;
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 22) return { ...style, bold: false, dim: false };
  if (code === 39) return { ...style, colour: 0 };
  if (code >= 31 && code <= 36) return { ...style, colour: code - 30 };
  // Bright black is what people write for "less important".
  if (code === 90) return { ...style, dim: true };
  throw new Error(`an unknown style: ${code}`);
}
