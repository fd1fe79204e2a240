/**
 * Takes out of a program what is never loaded: debug information and the symbol table, a quarter of the Node that npm
 * serves.
 *
 * The `strip` of binutils does the same, but it is not on every machine and its output changes with its version; an
 * image must have the same digest wherever it is built. What is loaded (every segment) is kept byte for byte, as are
 * the headers of the loaded sections, so that debuggers and profilers still find `.dynsym` and `.text`.
 */
import { inMemory } from './bytes.ts';
import { elf64HeaderSize, programHeaderSize, readSegments } from './elf.ts';

const sectionHeaderSize = 64;
const sectionTypes = { unused: 0, stringTable: 3, noBits: 8 };
const allocated = 2n;

type Section = { header: Buffer; name: string; loaded: boolean };

/** The stripped program. The input must be an ELF64 file; without section headers it comes back as it is. */
export function strip(program: Buffer): Buffer {
  const sections = readSections(program);
  const lastLoaded = sections.findLastIndex((section) => section.loaded);
  if (lastLoaded < 0) return program;

  // Symbols and links name a section by its number, so that those in between keep their place and only become unused.
  const kept = sections.slice(0, lastLoaded + 1);
  const names = nameTable([...kept.map(({ loaded, name }) => (loaded ? name : '')), '.shstrtab']);
  const imageEnd = endOfImage(program, kept);
  const tableAt = align(imageEnd + names.bytes.length, 8);
  const headers = kept.map((section, index) => {
    const header = Buffer.alloc(sectionHeaderSize);
    if (!section.loaded) return header;
    section.header.copy(header);
    header.writeUInt32LE(names.offsets[index] ?? 0, 0);
    const link = header.readUInt32LE(40);
    if (!kept[link]?.loaded) header.writeUInt32LE(0, 40);
    return header;
  });

  const result = Buffer.alloc(tableAt + (headers.length + 1) * sectionHeaderSize);
  program.copy(result, 0, 0, imageEnd);
  names.bytes.copy(result, imageEnd);
  Buffer.concat([...headers, nameTableHeader(names.offsets.at(-1) ?? 0, imageEnd, names.bytes.length)]).copy(result, tableAt);
  result.writeBigUInt64LE(BigInt(tableAt), 40);
  result.writeUInt16LE(headers.length + 1, 60);
  result.writeUInt16LE(headers.length, 62);
  return result;
}

/** The sections of a program, in order. */
export function readSections(program: Buffer): Section[] {
  const tableAt = Number(program.readBigUInt64LE(40));
  const count = tableAt === 0 ? 0 : program.readUInt16LE(60);
  const headers = Array.from({ length: count }, (_, index) =>
    program.subarray(tableAt + index * sectionHeaderSize, tableAt + (index + 1) * sectionHeaderSize),
  );
  const namesAt = Number(headers[program.readUInt16LE(62)]?.readBigUInt64LE(24) ?? 0n);
  return headers.map((header) => {
    const nameAt = namesAt + header.readUInt32LE(0);
    return {
      header,
      name: program.toString('latin1', nameAt, program.indexOf(0, nameAt)),
      loaded: header.readUInt32LE(4) !== sectionTypes.unused && (header.readBigUInt64LE(8) & allocated) !== 0n,
    };
  });
}

/** The first byte after everything that is loaded, or that says what is loaded. */
function endOfImage(program: Buffer, sections: Section[]): number {
  const programHeadersEnd = Number(program.readBigUInt64LE(32)) + program.readUInt16LE(56) * programHeaderSize;
  const segmentEnds = readSegments(inMemory(program)).map(({ offset, fileSize }) => offset + fileSize);
  const sectionEnds = sections
    .filter(({ loaded, header }) => loaded && header.readUInt32LE(4) !== sectionTypes.noBits)
    .map(({ header }) => Number(header.readBigUInt64LE(24) + header.readBigUInt64LE(32)));
  return Math.max(elf64HeaderSize, programHeadersEnd, ...segmentEnds, ...sectionEnds);
}

function nameTable(names: string[]): { bytes: Buffer; offsets: number[] } {
  let text = '\0';
  const offsets = names.map((name) => {
    if (name === '') return 0;
    const at = text.length;
    text += `${name}\0`;
    return at;
  });
  return { bytes: Buffer.from(text, 'latin1'), offsets };
}

function nameTableHeader(name: number, offset: number, size: number): Buffer {
  const header = Buffer.alloc(sectionHeaderSize);
  header.writeUInt32LE(name, 0);
  header.writeUInt32LE(sectionTypes.stringTable, 4);
  header.writeBigUInt64LE(BigInt(offset), 24);
  header.writeBigUInt64LE(BigInt(size), 32);
  header.writeBigUInt64LE(1n, 48);
  return header;
}

function align(size: number, to: number): number {
  return Math.ceil(size / to) * to;
}
