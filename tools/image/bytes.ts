/**
 * Random access to bytes, whether they are in memory or in a file: what an ELF file needs is found in a few hundred of
 * Node's 150 million bytes, and looking at them must not cost reading the rest.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export type Bytes = {
  readonly size: number;
  /** `length` bytes from `offset`; fewer where the end comes first. */
  read(offset: number, length: number): Buffer;
};

export function inMemory(content: Buffer): Bytes {
  return { size: content.length, read: (offset, length) => content.subarray(offset, offset + length) };
}

/** Opens the file at `path` while `use` runs. */
export function inFile<T>(path: string, use: (bytes: Bytes) => T): T {
  const descriptor = openSync(path, 'r');
  try {
    return use({
      size: fstatSync(descriptor).size,
      read: (offset, length) => {
        const buffer = Buffer.alloc(length);
        return buffer.subarray(0, readSync(descriptor, buffer, 0, length, offset));
      },
    });
  } finally {
    closeSync(descriptor);
  }
}
