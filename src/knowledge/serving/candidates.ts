/** Collects the clues for each workload, and turns them into servers. */
import type { Workload } from '../../graph/edge.ts';
import type { ObjectId } from '../../objects/identity.ts';
import type { FindingEvidence } from '../evidence.ts';
import { type ClueKind, confidenceFrom, surest } from './clues.ts';
import type { Server } from './server.ts';
import type { ServingFacts } from './serving-facts.ts';

export type Clue = { workload: Workload; kind: ClueKind; evidence: FindingEvidence[] };

/** So many fields are shown for one server: more persuade nobody. */
const shown = 6;

export class Candidates {
  readonly #facts: ServingFacts;
  readonly #byWorkload = new Map<ObjectId, { kinds: Set<ClueKind>; evidence: FindingEvidence[] }>();

  constructor(facts: ServingFacts) {
    this.#facts = facts;
  }

  /** Counts for the topmost workload; what does not run on serves nothing. */
  add({ workload, kind, evidence }: Clue): void {
    const top = this.#facts.topOf(workload);
    if (!top) return;
    const known = this.#byWorkload.get(top.id) ?? { kinds: new Set<ClueKind>(), evidence: [] };
    known.kinds.add(kind);
    const isNew = (each: FindingEvidence) => !known.evidence.some(({ id, field }) => id === each.id && field === each.field);
    known.evidence.push(...evidence.filter(isNew));
    this.#byWorkload.set(top.id, known);
  }

  addAll(others: Candidates): void {
    for (const [id, { kinds, evidence }] of others.#byWorkload) {
      const known = this.#byWorkload.get(id);
      if (!known) this.#byWorkload.set(id, { kinds: new Set(kinds), evidence: [...evidence] });
      else for (const kind of kinds) known.kinds.add(kind);
    }
  }

  has(workload: Workload): boolean {
    return this.#byWorkload.has(workload.id);
  }

  /** Whether more speaks for it than that it may change everything. */
  isSpecific(workload: Workload): boolean {
    return [...(this.#byWorkload.get(workload.id)?.kinds ?? [])].some((kind) => kind !== 'broad');
  }

  /**
   * Who came with the definition and only may write is a board or a client, where somebody does what controllers do.
   */
  servers(): Server[] {
    const all = [...this.#byWorkload].map(([workload, clues]) => ({ workload, ...clues }));
    const isSomebodyController = all.some(({ kinds }) => isOfController(kinds));
    return surest(
      all.flatMap(({ workload, kinds, evidence }) => {
        const confidence = confidenceFrom(kinds);
        const isNamedAfter = kinds.has('name');
        if (confidence === undefined || (isSomebodyController && !isNamedAfter && !isOfController(kinds))) return [];
        return [{ workload, confidence, isNamedAfter, evidence: evidence.slice(0, shown) }];
      }),
    );
  }
}

function isOfController(kinds: ReadonlySet<ClueKind>): boolean {
  return kinds.has('manager') || kinds.has('subresource');
}
