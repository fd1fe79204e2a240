/** A text of manifests with shares in all of its workloads, without a command line around it. */
import type { KubernetesObject } from '../../../objects/object.ts';
import { podTemplateOf } from '../../../objects/pod-template.ts';
import { readYaml } from '../../../objects/yaml.ts';
import { applyShares } from '../../../share/apply.ts';
import { parseShare } from '../../../share/notation.ts';
import { changedText } from '../changed-text.ts';
import type { Changed } from '../edit/with-values.ts';
import { manifestOf, objectsIn } from '../manifests.ts';

const settings = { seedImage: 'registry.example/seed:1', imageVolumes: { known: false, reason: 'not looked at' } } as const;

export function sharing(text: string, ...lines: string[]): Changed {
  const shares = lines.map((line) => parseShare(line));
  const manifest = manifestOf({ text, file: 'x' });
  const fields = objectsIn(manifest).flatMap((found) => {
    const template = podTemplateOf(found.object);
    if (!template) return [];
    const { spec } = applyShares({ spec: template.spec }, shares, settings);
    return [{ found, path: template.specPath.split('.'), value: spec }];
  });
  return changedText(manifest, fields);
}

export const shared = (text: string, ...lines: string[]): string => sharing(text, ...lines).text;

export const objectsOf = (text: string): KubernetesObject[] => readYaml(text, 'x').map(({ object }) => object);
