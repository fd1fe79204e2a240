/** Plays an uninstall of a situation, and holds it to what is expected. */
import assert from 'node:assert/strict';
import type { Verdict } from '../../../src/residue/receipt.ts';
import { loadKubectlImage } from '../../../tools/lab/kubectl-image.ts';
import type { Lab } from '../../../tools/lab/lab.ts';
import { useLab } from '../../use-lab.ts';
import { clean } from '../clean.ts';
import { groupSuffix, placeNamed, prefix } from '../set-up.ts';
import type { Place, Situation } from '../situation.ts';
import type { Advice } from './obedient.ts';
import { playUninstall, type Way } from './play.ts';

export type Expected = {
  /** The advice that a person follows, in order. */
  took?: readonly Advice[];
  exit: number;
  /** Undefined for a refusal, which deletes nothing. */
  verdict: Verdict | undefined;
  /** `likely Secret/…` */
  residue?: (place: Place) => string[];
  /** What was there before the release, and goes all the same. */
  lost?: (place: Place) => string[];
  /** What nobody can see of the release, in the words of `untruths`. */
  wrong?: (place: Place) => string[];
  /** The release installs again, and does not become ready. */
  staysDown?: boolean;
};

export type Row = { situation: string; way: Way; took: readonly string[]; exit: number | null; verdict: string; right: boolean };
export const rows: Row[] = [];

export function useCorpusLab(finish: () => Promise<void> = async () => {}): () => Lab {
  return useLab({
    impatient: true,
    async prepare(opened) {
      await loadKubectlImage(opened);
      await clean(opened.cluster, 'earlier runs', (id) => id.includes(prefix) || id.includes(groupSuffix));
    },
    finish,
  });
}

export async function holdUninstall(
  lab: Lab,
  situation: Situation,
  way: Way,
  { took = [], exit, verdict, residue = () => [], lost = () => [], wrong = () => [], staysDown = false }: Expected = clean0,
): Promise<void> {
  const place = placeNamed(situation, way);
  const row: Row = { situation: situation.key, way, took: [], exit: null, verdict: 'none', right: false };
  rows.push(row);
  const { printed, ...seen } = await playUninstall(lab, situation, way, !staysDown);
  Object.assign(row, { took: seen.took, exit: seen.exit, verdict: seen.verdict ?? 'none' });
  try {
    assert.deepEqual(seen, {
      ...{ took, exit, verdict },
      ...{ residue: residue(place), lost: lost(place), wrong: wrong(place) },
    });
    row.right = true;
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${printed.join('\n')}`);
  }
}

const clean0: Expected = { exit: 0, verdict: 'clean' };
