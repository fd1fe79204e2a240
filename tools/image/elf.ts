/**
 * Reads just enough of an ELF file to know what it takes to run it: the machine, the loader and the shared libraries
 * that it names. `ldd` would tell the same, but it runs the program's own loader and needs a host of the same kind; the
 * file itself is enough.
 *
 * Layout: System V ABI, "Object Files". Only little-endian ELF64 is read, which is all that Kubernetes nodes run on.
 */
import { BookendError } from '../../src/errors.ts';
import type { Bytes } from './bytes.ts';

/** What an ELF file says about itself. */
export type Elf = {
  /** The architecture in the words of container images (`GOARCH`): `amd64`, `arm64`. */
  architecture: string;
  /** The loader (`PT_INTERP`), absent in libraries and static programs. */
  interpreter?: string;
  /** `DT_NEEDED`: the libraries it is linked against, in the linker's order. */
  needed: string[];
  /** `NT_GNU_BUILD_ID` in hexadecimal: the same id, the same content. */
  buildId?: string;
};

/** One program header (`Elf64_Phdr`). */
export type Segment = { type: number; offset: number; address: number; fileSize: number };

export const elf64HeaderSize = 64;
export const programHeaderSize = 56;
const segmentTypes = { load: 1, dynamic: 2, interpreter: 3, note: 4 };
const dynamicTags = { end: 0, needed: 1, stringTable: 5 };
const gnuBuildId = 3;
const architectures: Record<number, string> = { 62: 'amd64', 183: 'arm64', 243: 'riscv64' };

/** True when `file` starts like an ELF64 little-endian file; a linker script or a 32-bit library does not. */
export function isElf64(file: Bytes): boolean {
  if (file.size < elf64HeaderSize) return false;
  const header = file.read(0, 6);
  return header.readUInt32BE(0) === 0x7f454c46 && header[4] === 2 && header[5] === 1;
}

/**
 * Reads what `file` says about itself.
 * @param name How to call the file in an error.
 * @throws BookendError `unsupported` when it is not a little-endian ELF64 file.
 */
export function readElf(file: Bytes, name: string): Elf {
  if (!isElf64(file)) throw new BookendError('unsupported', `${name} is not a 64-bit little-endian ELF file`);
  const machine = file.read(18, 2).readUInt16LE();
  const segments = readSegments(file);
  const interpreter = segments.find((segment) => segment.type === segmentTypes.interpreter);
  const buildId = readBuildId(file, segments);
  return {
    architecture: architectures[machine] ?? `elf-machine-${machine}`,
    needed: readNeeded(file, segments, name),
    ...(interpreter && { interpreter: text(file.read(interpreter.offset, interpreter.fileSize), 0) }),
    ...(buildId !== undefined && { buildId }),
  };
}

/** The program headers: what the loader maps. */
export function readSegments(file: Bytes): Segment[] {
  const header = file.read(0, elf64HeaderSize);
  const offset = Number(header.readBigUInt64LE(32));
  const table = file.read(offset, header.readUInt16LE(56) * programHeaderSize);
  return Array.from({ length: header.readUInt16LE(56) }, (_, index) => {
    const entry = table.subarray(index * programHeaderSize, (index + 1) * programHeaderSize);
    return {
      type: entry.readUInt32LE(0),
      offset: Number(entry.readBigUInt64LE(8)),
      address: Number(entry.readBigUInt64LE(16)),
      fileSize: Number(entry.readBigUInt64LE(32)),
    };
  });
}

function readNeeded(file: Bytes, segments: Segment[], name: string): string[] {
  const dynamic = segments.find((segment) => segment.type === segmentTypes.dynamic);
  if (!dynamic) return [];
  const table = file.read(dynamic.offset, dynamic.fileSize);
  const needed: number[] = [];
  let strings: Segment | undefined;
  for (let at = 0; at + 16 <= table.length; at += 16) {
    const tag = Number(table.readBigInt64LE(at));
    const value = Number(table.readBigUInt64LE(at + 8));
    if (tag === dynamicTags.end) break;
    if (tag === dynamicTags.needed) needed.push(value);
    if (tag === dynamicTags.stringTable) strings = mapped(segments, value);
  }
  if (needed.length === 0) return [];
  if (!strings)
    throw new BookendError('unsupported', `${name} names libraries but its string table lies outside of every loaded segment`);
  const from = strings.offset;
  return needed.map((offset) => text(file.read(from + offset, Math.min(255, file.size - from - offset)), 0));
}

/** Where in the file the byte lies that the loader puts at `address`. */
function mapped(segments: Segment[], address: number): Segment | undefined {
  const segment = segments.find(
    ({ type, address: start, fileSize }) => type === segmentTypes.load && address >= start && address < start + fileSize,
  );
  return segment && { ...segment, offset: segment.offset + address - segment.address };
}

function readBuildId(file: Bytes, segments: Segment[]): string | undefined {
  for (const segment of segments.filter(({ type }) => type === segmentTypes.note)) {
    const notes = file.read(segment.offset, segment.fileSize);
    for (let at = 0; at + 12 <= notes.length; ) {
      const nameSize = notes.readUInt32LE(at);
      const size = notes.readUInt32LE(at + 4);
      const content = at + 12 + align4(nameSize);
      if (notes.readUInt32LE(at + 8) === gnuBuildId && text(notes, at + 12) === 'GNU') {
        return notes.subarray(content, content + size).toString('hex');
      }
      at = content + align4(size);
    }
  }
  return undefined;
}

function text(bytes: Buffer, from: number): string {
  const end = bytes.indexOf(0, from);
  return bytes.toString('latin1', from, end < 0 ? bytes.length : end);
}

function align4(size: number): number {
  return (size + 3) & ~3;
}
