/**
 * Helm 3 deletes webhook configurations and their like last of all, Helm 4 first. A chart does not say which of the two
 * will uninstall it, so a check plays both where their orders differ, and tells what only Helm 3 does.
 */
import { inUninstallOrder } from '../knowledge/helm-order.ts';
import { idOfRef } from '../objects/identity.ts';
import type { Subject } from '../reading/subject.ts';
import type { Scenario } from '../uninstall/scenario.ts';
import type { Preview } from './document.ts';
import type { Finding } from './finding.ts';
import { type PreviewOptions, preview } from './preview.ts';
import { inOrder } from './rules/rules.ts';

/**
 * The preview of Helm 4 with what an uninstall with Helm 3 has besides; notes are left out, as they differ in nothing.
 * @throws BookendError as `preview` does
 */
export async function withHelm3(
  helm4: Preview,
  subject: Subject,
  scenario: Omit<Scenario, 'tool'>,
  options: PreviewOptions = { beside: 'when-found' },
): Promise<Preview> {
  if (!isOrderedOtherwise(subject)) return helm4;
  const { findings } = await preview(subject, { ...scenario, tool: 'helm3' }, options);
  const known = new Set(helm4.findings.filter(({ severity }) => severity !== 'note').map(keyOf));
  const more = findings.filter((finding) => finding.severity !== 'note' && !known.has(keyOf(finding)));
  if (more.length === 0) return helm4;
  const named = more.map((finding): Finding => ({ ...finding, title: `With Helm 3: ${finding.title}` }));
  return { ...helm4, findings: inOrder([...helm4.findings, ...named]) };
}

/** Nothing but the order of the deletions differs between the two, as far as manifests show it. */
function isOrderedOtherwise({ objects }: Subject): boolean {
  const newer = inUninstallOrder(objects, 4);
  return inUninstallOrder(objects, 3).some((each, index) => each !== newer[index]);
}

function keyOf({ rule, objects }: Finding): string {
  return JSON.stringify([rule, objects.map(idOfRef).sort()]);
}
