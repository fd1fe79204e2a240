/** Makes small ELF files for the tests: well-formed, of any architecture, with nothing to run in them. */
import { programHeaderSize } from './elf.ts';

export type FakeElf = {
  /** `e_machine`: 62 is amd64, 183 arm64. */
  machine?: number;
  interpreter?: string;
  needed?: string[];
  /** In hexadecimal. */
  buildId?: string;
  /** What `.text` holds. */
  text?: string;
  /** What `.symtab` holds: never loaded. */
  symbols?: string;
};

type Part = { name: string; type: number; flags: bigint; content: Buffer; segment?: number };

const base = 0x400000;
const allocated = 2n;

/** The file, laid out as linkers do: what is loaded, then symbols, then names of sections, then their headers. */
export function fakeElf({
  machine = 62,
  interpreter,
  needed = [],
  buildId,
  text = 'code',
  symbols = 'symbols',
}: FakeElf = {}): Buffer {
  const strings = Buffer.from(`\0${needed.map((name) => `${name}\0`).join('')}`);
  const parts: Part[] = [
    ...(interpreter === undefined ? [] : [loaded('.interp', 1, Buffer.from(`${interpreter}\0`), 3)]),
    ...(buildId === undefined ? [] : [loaded('.note.gnu.build-id', 7, note(Buffer.from(buildId, 'hex')), 4)]),
    loaded('.text', 1, Buffer.from(text)),
    { name: '.comment', type: 1, flags: 0n, content: Buffer.from('made for a test') },
    loaded('.dynstr', 3, strings),
    loaded('.dynamic', 6, Buffer.alloc((needed.length + 2) * 16), 2),
    { name: '.symtab', type: 2, flags: 0n, content: Buffer.from(symbols) },
  ];
  const segments = parts.filter((part) => part.segment !== undefined).length + 1;
  let end = 64 + segments * programHeaderSize;
  const placed = parts.map((part) => {
    const offset = Math.ceil(end / 16) * 16;
    end = offset + part.content.length;
    return { ...part, offset };
  });
  writeDynamic(placed, needed);
  const loadedEnd = Math.max(
    ...placed.filter((part) => part.flags === allocated).map((part) => part.offset + part.content.length),
  );
  return write(machine, placed, loadedEnd);
}

type Placed = Part & { offset: number };

function write(machine: number, placed: Placed[], loadedEnd: number): Buffer {
  const names = ['', ...placed.map(({ name }) => name), '.shstrtab'];
  const nameTable = Buffer.from(`${names.join('\0')}\0`);
  const nameAt = (name: string) => (name === '' ? 0 : nameTable.indexOf(`\0${name}\0`) + 1);
  const namesAt = Math.max(...placed.map(({ offset, content }) => offset + content.length));
  const headersAt = Math.ceil((namesAt + nameTable.length) / 8) * 8;
  const file = Buffer.alloc(headersAt + names.length * 64);
  Buffer.from('7f454c46020101', 'hex').copy(file);
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(machine, 18);
  file.writeBigUInt64LE(64n, 32);
  file.writeBigUInt64LE(BigInt(headersAt), 40);
  const segments = [
    { segment: 1, offset: 0, content: file.subarray(0, loadedEnd) },
    ...placed.filter((part) => part.segment !== undefined),
  ];
  file.writeUInt16LE(segments.length, 56);
  file.writeUInt16LE(names.length, 60);
  file.writeUInt16LE(names.length - 1, 62);
  for (const [index, { segment = 0, offset, content }] of segments.entries()) {
    const at = 64 + index * programHeaderSize;
    file.writeUInt32LE(segment, at);
    file.writeBigUInt64LE(BigInt(offset), at + 8);
    file.writeBigUInt64LE(BigInt(base + offset), at + 16);
    file.writeBigUInt64LE(BigInt(content.length), at + 32);
  }
  const sections = [...placed, { name: '.shstrtab', type: 3, flags: 0n, content: nameTable, offset: namesAt }];
  for (const [index, { name, type, flags, content, offset }] of sections.entries()) {
    content.copy(file, offset);
    const at = headersAt + (index + 1) * 64;
    file.writeUInt32LE(nameAt(name), at);
    file.writeUInt32LE(type, at + 4);
    file.writeBigUInt64LE(flags, at + 8);
    file.writeBigUInt64LE(BigInt(offset), at + 24);
    file.writeBigUInt64LE(BigInt(content.length), at + 32);
  }
  return file;
}

function writeDynamic(placed: Placed[], needed: string[]): void {
  const dynamic = placed.find(({ name }) => name === '.dynamic');
  const strings = placed.find(({ name }) => name === '.dynstr');
  if (!dynamic || !strings) return;
  for (const [index, name] of needed.entries()) {
    dynamic.content.writeBigUInt64LE(1n, index * 16);
    dynamic.content.writeBigUInt64LE(BigInt(strings.content.indexOf(`\0${name}\0`) + 1), index * 16 + 8);
  }
  dynamic.content.writeBigUInt64LE(5n, needed.length * 16);
  dynamic.content.writeBigUInt64LE(BigInt(base + strings.offset), needed.length * 16 + 8);
}

function loaded(name: string, type: number, content: Buffer, segment?: number): Part {
  return { name, type, flags: allocated, content, ...(segment !== undefined && { segment }) };
}

function note(id: Buffer): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(4, 0);
  header.writeUInt32LE(id.length, 4);
  header.writeUInt32LE(3, 8);
  header.write('GNU\0', 12, 'latin1');
  return Buffer.concat([header, id]);
}
