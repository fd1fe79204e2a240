/** `bookend why` of the cluster of a test, and of no other that the environment may name. */
import type { Why } from '../../src/why/blocker.ts';
import { bookend, type Ended } from '../../tools/lab/command-line.ts';
import type { TestBed } from './support.ts';

const nothing: Why = {
  object: { apiVersion: '', kind: '', name: '' },
  state: 'present',
  says: '',
  stuck: false,
  blockers: [],
  notSeen: [],
};

/** @throws for anything but an answer: 0, 7, or 3 for what does not exist */
export function whyOn(bed: TestBed, ...args: string[]): { code: number | null; answer: Why } {
  const { status: code, stdout, stderr } = runOn(bed, 'why', ...args, '-o', 'json');
  if (code !== 0 && code !== 7 && code !== 3) throw new Error(`${code}: ${stderr}`);
  return { code, answer: code === 3 ? nothing : (JSON.parse(stdout) as Why) };
}

export function runOn({ lab }: TestBed, ...args: string[]): Ended {
  return bookend(lab, [...args, '--kubeconfig', lab.kubeconfig], { timeoutMs: 60_000 });
}
