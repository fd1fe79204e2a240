/** Something that installs and removes the same objects as the others. */
import type { KubernetesObject } from '../../src/objects/object.ts';
import type { Lab } from '../../tools/lab/lab.ts';
import type { RawClient } from '../raw-client.ts';

export type Contender = {
  name: string;
  /**
   * Absent for those that only remove: raw requests install the objects for them, and are not measured.
   * @returns how long it took, in ms
   */
  install?: () => Promise<number>;
  /** @returns how long it took until nothing was left, in ms */
  remove: () => Promise<number>;
};

/** What contenders need. */
export type Setup = {
  lab: Lab;
  raw: RawClient;
  objects: readonly KubernetesObject[];
  /** An empty directory for files. */
  directory: string;
};
