/** Whatever can be changed without the library is changed as with it. SEED= repeats a run. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { podTemplateOf } from '../../../objects/pod-template.ts';
import { readYaml, writeYaml } from '../../../objects/yaml.ts';
import { applyShares } from '../../../share/apply.ts';
import { parseShare } from '../../../share/notation.ts';
import { type Found, manifestOf, objectsIn } from '../manifests.ts';
import { manifestTexts } from '../testing/manifest-texts.ts';
import { inAnyText, inPlainText, type NewValue } from './with-values.ts';

const settings = { seedImage: 'seed:1', imageVolumes: { known: false, reason: '' } } as const;
const lines = [
  'app:/cache, nginx:/var/cache/nginx; sizeLimit=1Gi',
  'app:/srv/www -> nginx:/usr/share/nginx/html:ro',
  'app:/srv/www -> nginx:/usr/share/nginx/html; resources=cpu=10m/1',
];

describe('Places in plain YAML', () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

  const same = (text: string, values: (found: Found) => NewValue[]) => {
    let plain = 0;
    for (const found of objectsIn(manifestOf({ text, file: 'x' }))) {
      const quick = inPlainText(found.part, values(found));
      if (quick === undefined) continue;
      plain++;
      assert.deepEqual(quick, inAnyText(found.part, values(found)), found.part.text);
    }
    return plain;
  };

  test(`are those that the library finds, in texts of any style (SEED=${seed})`, () => {
    let plain = 0;
    fc.assert(
      fc.property(manifestTexts, fc.constantFrom(...lines), (text, line) => {
        plain += same(text, (found) => shared(found, line));
      }),
      { seed, numRuns: 150 },
    );
    assert.ok(plain > 0);
  });

  test(`and so for any change (SEED=${seed})`, () => {
    const scalar = fc.oneof(
      fc.integer(),
      fc.constantFrom('a', '/srv/www', 'b c', '64Mi', 'x:1', "it's", '', '#', '- a', 'true'),
      fc.boolean(),
    );
    const keys = fc.constantFrom('name', 'a', 'b.c', 'd-e');
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ depthSize: 'medium' }, scalar, fc.constant(null), tie('list'), tie('map')),
      list: fc.array(tie('value'), { maxLength: 3 }),
      map: fc.dictionary(keys, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    }));
    const comment = fc.constantFrom('', '', '', '\n', '# c\n', '        # c\n');
    let plain = 0;
    fc.assert(
      fc.property(value, value, fc.infiniteStream(comment), (before, after, comments) => {
        const whole = writeYaml([{ apiVersion: 'example.com/v1', kind: 'Pod', metadata: { name: 'x' }, spec: before, last: [] }]);
        const text = whole.replaceAll('\n', () => `\n${comments.next().value}`);
        const part = { text, documents: readYaml(text, 'x') };
        const values: NewValue[] = [{ document: 0, path: ['spec'], value: after }];
        const quick = inPlainText(part, values);
        if (quick === undefined) return;
        plain++;
        assert.deepEqual(quick, inAnyText(part, values), text);
      }),
      { seed, numRuns: 300 },
    );
    assert.ok(plain > 30, `${plain} were plain`);
  });

  const pod = (rest: string) => `apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n${rest}`;
  const texts: Record<string, string> = {
    'comments and quotes': pod(
      '    # all\n    containers:\n    - name: "app" # a\n      image: \'app:1\'\n    # b\n    - image: x # c\n      name: nginx\n',
    ),
    'empty lists and null': pod(
      '  containers:\n  - name: app\n    volumeMounts: []\n  - name: nginx\n    volumeMounts:\n  volumes: # none\n',
    ),
    'values in braces that stay': pod(
      '  containers:\n  - name: app\n    env: [{name: A, value: "b, c"}]\n    resources: {limits: {cpu: 1}}\n  - name: nginx\n',
    ),
    'lists as far left as their key': pod(
      '  containers:\n  - name: app\n  - name: nginx\n  tolerations:\n  - operator: Exists\n',
    ),
    'lists in lists': pod('  containers:\n  - name: app\n    x:\n    - - a\n      - b\n    - - c\n  - name: nginx\n'),
    'texts of several lines': pod(
      '  containers:\n  - name: app\n    args:\n    - |\n      a: b\n      # c\n\n        d\n\n  - name: nginx\n    args:\n    - |-\n      x\n\n# the end\n',
    ),
    'no line end': pod('  containers:\n  - name: app\n  - name: nginx').trimEnd(),
  };
  for (const [what, text] of Object.entries(texts)) {
    test(`also with ${what}`, () => {
      for (const line of lines) {
        const plain = same(text, (found) => shared(found, line.replace('app:/srv/www ->', 'image(a):/srv ->')));
        assert.equal(plain, 1, line);
      }
    });
  }
});

function shared(found: Found, line: string): NewValue[] {
  const template = podTemplateOf(found.object);
  if (!template) return [];
  const { spec } = applyShares({ spec: template.spec }, [parseShare(line)], settings);
  return [{ document: found.document, path: [...found.path, ...template.specPath.split('.')], value: spec }];
}
