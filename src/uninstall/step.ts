/** What a tool did while it uninstalled, step by step. */
import type { ObjectId } from '../objects/identity.ts';

/** What the tool did, one request or wait after the other. */
export type ToolStep = Times & (DeleteStep | CreateHookStep | WaitHookStep | WaitGoneStep | KeepStep | NoteStep);

/** In ms since the uninstall began; `until`: when the answer came, or the wait was over. */
type Times = { at: number; until: number };

/** deleted, terminating or absent, as the API server answered. */
export type DeleteStep = { what: 'delete' | 'delete-hook'; id: ObjectId } & (
  | { answer: 'deleted' | 'terminating' | 'absent' }
  | { answer: 'failed'; message: string }
);

type CreateHookStep = { what: 'create-hook'; id: ObjectId } & ({ answer: 'done' } | { answer: 'failed'; message: string });

/** Only Helm says why a hook failed; its log says more. */
type WaitHookStep = { what: 'wait-hook'; id: ObjectId } & (
  | { answer: 'done' }
  | { answer: 'failed' | 'timed-out'; message?: string /** What its program printed when it failed. */; log?: string }
);

type WaitGoneStep = { what: 'wait-gone' } & ({ answer: 'done' } | { answer: 'timed-out'; message: string });

/** The tool leaves the object alone, and says why. */
type KeepStep = { what: 'keep'; id: ObjectId; message: string };

/** An error before any request was sent. */
type NoteStep = { what: 'note'; id?: ObjectId; message: string };

/** The object that a step is about; a wait for everything is about none. */
export function idOfStep(step: ToolStep): ObjectId | undefined {
  return 'id' in step ? step.id : undefined;
}

/** What the tool or the API server said of it. */
export function messageOf(step: ToolStep): string | undefined {
  return 'message' in step ? step.message : undefined;
}
