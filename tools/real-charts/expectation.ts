/**
 * What the uninstall of a public chart really does, written down from its sources and its users' threads before any
 * rule was changed for it: `test/real-charts/{open,locked,fresh,second}/NAME.yaml`. Nothing of the charts themselves is
 * here.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import * as z from 'zod';

/** Kinds of hazards in the benchmark's own words, and the rules whose findings say the same. */
export const rulesOfKind = {
  'custom-resources-lost': ['custom-resources-wiped'],
  'definitions-stay': ['custom-resources-unserved', 'crds-stay', 'kept', 'left-behind', 'finalizer-unserved'],
  'finalizer-stuck': [
    'storage-driver-goes',
    'custom-resources-unserved',
    'finalizer-unserved',
    'namespace-hangs',
    'operator-before-custom-resources',
    'comes-back',
  ],
  'operator-before-custom-resources': ['custom-resources-unserved', 'operator-before-custom-resources', 'finalizer-unserved'],
  'children-left': [
    'finalizer-unserved',
    'custom-resources-unserved',
    'children-left',
    'left-behind',
    'operator-before-custom-resources',
  ],
  'webhook-blocks': ['webhook-blocks', 'webhook-made-at-run-time'],
  'webhook-left': ['webhook-made-at-run-time', 'children-left', 'left-behind'],
  'api-service-blocks': ['api-service-blocks', 'namespace-hangs'],
  'conversion-dead': ['conversion-backend-gone'],
  'permissions-before-pods': ['permissions-before-pods'],
  'hook-leaks': ['hook-leaks', 'left-behind', 'hook-fails', 'hook-breaks-retry'],
  'hook-fails': [
    'hook-fails',
    'hook-lacks-rights',
    'hook-without-account',
    'hook-unschedulable',
    'hook-hides-refusal',
    'hook-guards',
  ],
  'hook-times-out': ['hook-deadline', 'hook-never-runs', 'hook-unschedulable', 'hook-does-not-wait'],
  'hook-retry': ['hook-breaks-retry'],
  'hook-deletes-others': ['hook-deletes-others'],
  'hook-image': ['hook-image'],
  'secrets-left': ['children-left', 'left-behind', 'kept'],
  'configmaps-left': ['children-left', 'left-behind', 'kept'],
  'leases-left': ['children-left', 'left-behind'],
  'claims-left': ['storage-driver-goes', 'storage-left', 'left-behind', 'kept', 'children-left'],
  'jobs-left': ['children-left', 'left-behind', 'hook-leaks'],
  'namespaces-left': ['left-behind', 'kept', 'children-left'],
  'services-left': ['children-left', 'left-behind'],
  'rbac-left': ['children-left', 'left-behind', 'kept', 'hook-leaks'],
  'fields-left': ['permissions-before-pods', 'children-left', 'left-behind'],
  'external-left': [
    'custom-resources-unserved',
    'storage-left',
    'storage-driver-goes',
    'finalizer-unserved',
    'operator-before-custom-resources',
    'outside-left',
  ],
  'shared-with-others': ['shared-with-others', 'storage-driver-goes'],
} as const satisfies Record<string, readonly string[]>;

const hazardKind = z.enum(Object.keys(rulesOfKind) as [keyof typeof rulesOfKind, ...(keyof typeof rulesOfKind)[]]);
const source = z.strictObject({
  repository: z.string().regex(/^https:\/\/github\.com\/[^/]+\/[^/]+$/),
  commit: z.string().regex(/^[0-9a-f]{40}$/),
});
/** `Kind.group`, `Kind`, or either with `/NAME`. */
const objects = z.array(z.string().regex(/^[A-Z][A-Za-z0-9]*(\.[a-z0-9.-]+)?(\/\S+)?$/)).min(1);

const expectation = z.strictObject({
  chart: source.extend({ path: z.string().min(1) }),
  values: z.record(z.string(), z.unknown()).default({}),
  sources: z.array(source).default([]),
  hazards: z
    .array(
      z.strictObject({
        kind: hazardKind,
        when: z.enum(['manifest', 'user']),
        objects,
        what: z.string().min(1),
        evidence: z.array(z.string()).min(1),
        sure: z.enum(['high', 'medium']),
      }),
    )
    .default([]),
  mustNotSay: z.array(z.strictObject({ kind: hazardKind, objects, why: z.string().min(1) })).default([]),
  /** Errors and warnings that nothing above told, judged by a person after the first score. */
  judged: z.array(z.strictObject({ rule: z.string().min(1), objects, isTrue: z.boolean(), why: z.string().min(1) })).default([]),
});

export type Expectation = z.infer<typeof expectation>;
export type HazardKind = z.infer<typeof hazardKind>;

/** @throws Error that names the file and the field */
export function readExpectation(path: string): Expectation {
  const read = expectation.safeParse(parse(readFileSync(path, 'utf8')));
  if (read.success) return read.data;
  const problems = read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`${path}: ${problems.join('; ')}`);
}
