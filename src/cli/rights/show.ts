/** Permissions as JSON, and the result of a check as text. */
import type { Checked } from '../../rights/check.ts';
import { manifestsOf, type RightsSet, rolesOf, type Subject } from '../../rights/manifests.ts';
import { type Right, reasons, type UrlRight } from '../../rights/right.ts';

export type RightsDocument = {
  subject?: Subject;
  about: string[];
  /** Each rule with its reason. */
  rules: { namespace?: string; rule: object; why: string; phases: string[] }[];
  /** Ready to be applied. */
  objects: object[];
  /** With --check: what the subject lacks. */
  missing?: { verb: string; group?: string; resource?: string; name?: string; namespace?: string; url?: string; why: string }[];
};

export function documentOf(set: RightsSet, checked?: Omit<Checked, 'checked'>): RightsDocument {
  return {
    ...(set.subject && { subject: set.subject }),
    about: set.about,
    rules: rolesOf(set).flatMap(({ namespace, rules }) =>
      rules.map(({ rule, why, phases }) => ({ ...(namespace !== undefined && { namespace }), rule, why: reasons[why], phases })),
    ),
    objects: manifestsOf(set),
    ...(checked && {
      missing: [
        ...checked.missing.map(({ why, phases: _, ...right }) => ({ ...right, why: reasons[why] })),
        ...checked.missingUrls.map(({ why, ...right }) => ({ ...right, why: reasons[why] })),
      ],
    }),
  };
}

/** One line for each right that is missing. */
export function checkedText({ subject }: RightsSet, { checked, missing, missingUrls }: Checked): string {
  const who = subject ? nameOf(subject) : 'nobody';
  const lines = [...missing.map(rightText), ...missingUrls.map(urlText)];
  if (lines.length === 0) return `${who} has all ${checked} permissions that it needs\n`;
  return `${who} lacks ${lines.length} of ${checked} permissions:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function nameOf(subject: Subject): string {
  return subject.kind === 'ServiceAccount'
    ? `ServiceAccount ${subject.namespace}/${subject.name}`
    : `${subject.kind} ${subject.name}`;
}

function rightText({ verb, group, resource, name, namespace, why }: Right): string {
  const what = `${resource}${group === '' ? '' : `.${group}`}${name === undefined ? '' : `/${name}`}`;
  return `${verb} ${what} ${namespace === undefined ? 'in the whole cluster' : `in namespace ${namespace}`}: ${reasons[why]}`;
}

function urlText({ verb, url, why }: UrlRight): string {
  return `${verb} ${url}: ${reasons[why]}`;
}
