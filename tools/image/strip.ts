/**
 * Takes out of a program what is never loaded: debug information and the symbol table, a quarter of the Node that npm
 * serves.
 *
 * The `strip` of binutils does the same, but it is not on every machine and its output changes with its version; an
 * image must have the same digest wherever it is built. A loader reads the program headers and the segments that they
 * describe. They are kept byte for byte; what lies behind them and the table of sections go.
 *
 * Layout: System V ABI, "Object Files". Kubernetes nodes run little-endian ELF64 only.
 */
const elf64LittleEndian = Buffer.from('\x7fELF\x02\x01', 'latin1');
const programHeaderSize = 56;

/** The stripped program. What is not ELF64, such as a script, comes back as it is. */
export function strip(program: Buffer): Buffer {
  if (!program.subarray(0, 6).equals(elf64LittleEndian)) return program;
  const tableAt = Number(program.readBigUInt64LE(32));
  const tableEnd = tableAt + program.readUInt16LE(56) * programHeaderSize;
  let end = tableEnd;
  for (let at = tableAt; at < tableEnd; at += programHeaderSize) {
    const [offset, fileSize] = [program.readBigUInt64LE(at + 8), program.readBigUInt64LE(at + 32)];
    end = Math.max(end, Number(offset + fileSize));
  }
  const stripped = Buffer.from(program.subarray(0, end));
  stripped.fill(0, 40, 48); // e_shoff
  stripped.fill(0, 60, 64); // e_shnum, e_shstrndx
  return stripped;
}
