/** What a person is told: findings of the rules, as plain data. */
import type { FindingEvidence } from '../knowledge/evidence.ts';
import type { Tool } from '../uninstall/scenario.ts';

/**
 * error: the simulation really ends in it. warning: it depends on something not visible, and says on what. note: worth
 * knowing.
 */
export type Severity = 'error' | 'warning' | 'note';

export type Finding = {
  rule: string;
  severity: Severity;
  title: string;
  objects: { kind: string; apiVersion: string; namespace?: string; name: string }[];
  evidence: FindingEvidence[];
  /** What will happen. For a warning: and on what it depends. */
  consequence: string;
  /** How to prevent it. */
  remedy: string;
  /**
   * Whether the same uninstall through Bookend would have it: `prevented`, `same`, or `reported` (Bookend stops and
   * says so); `not-played`: nobody looked.
   */
  bookend: 'prevented' | 'reported' | 'same' | 'not-played';
  scenario: Tool;
};
