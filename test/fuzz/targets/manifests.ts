/** Manifests: YAML and JSON that people hand in. */
import { readManifest } from '../../../src/objects/read-manifest.ts';
import { problemsOf } from '../../../src/objects/validate.ts';
import { writeYaml } from '../../../src/objects/yaml.ts';
import { mutated } from '../mutations.ts';
import { manifests as seeds } from '../seeds.ts';
import type { Target } from '../target.ts';

export const manifests: Target<string> = {
  name: 'manifests',
  title: 'manifests',
  inputs: mutated(seeds),
  read(text) {
    const documents = readManifest(text, 'file.yaml');
    for (const { object } of documents.slice(0, 20)) {
      problemsOf(object);
      writeYaml([object]);
    }
  },
  show: (text) => text,
};
