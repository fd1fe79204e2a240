import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { idOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { shellCommand } from '../../objects/shell-quote.ts';
import { bad } from '../../preview/report/testing/previews.ts';
import { commandOf } from '../../preview/report/words.ts';
import { kubectlName } from '../../preview/rules/words.ts';
import type { ProposedRemedy } from '../../remedies/remedy.ts';
import { forcePod, named, removeFinalizer } from '../../why/commands.ts';
import { commandsIn, commandsOf } from '../../why/testing/flat.ts';
import { why } from '../../why/why.ts';

/** What somebody may call a role, or write where nobody looks. */
const hostile = [
  ...[
    '$(touch owned)',
    '`touch owned`',
    `it's "x"; id`,
    '"',
    "'",
    "'; id; '",
    'a b',
    '*',
    '~',
    '$HOME',
    '\\',
    '{a,b}',
    '>x',
    'a&&id',
  ],
  ...['a\nkubectl delete namespaces --all', '\u001b]52;c;aWQ=\u0007x', '\u202etxt', 'a\u0085b', '%s\\n'],
];

/** What a real shell makes of the command. */
function wordsIn(command: string): string[] {
  const { stdout, status } = spawnSync('/bin/sh', ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8' });
  assert.equal(status, 0, command);
  return stdout.split('\0').slice(0, -1);
}

const role = (name: string, finalizer: string): KubernetesObject => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name, uid: 'u', finalizers: [finalizer], deletionTimestamp: '2026-11-24T12:00:00Z' },
});

const textOf = (remedy: ProposedRemedy) => commandsOf({ remedies: [remedy] }).join('; ');

describe('printed commands', () => {
  test('name the object and the finalizer as they are, whatever a shell would make of them', () => {
    for (const text of hostile) {
      const object = role(text, `example.com/${text}`);
      const resource = `clusterrole.rbac.authorization.k8s.io/${text}`;
      assert.deepEqual(wordsIn(shellCommand(...named(object, { kinds: [] }))), [resource]);
      assert.deepEqual(wordsIn(kubectlName(idOf(object))), [resource]);
      const [kubectl, patch, target, type, flag, operations = '', ...rest] = wordsIn(
        textOf(removeFinalizer(object, `example.com/${text}`, { kinds: [] })),
      );
      assert.deepEqual([kubectl, patch, target, type, flag, rest], ['kubectl', 'patch', resource, '--type=json', '-p', []]);
      assert.equal((JSON.parse(operations) as { value: string }[])[0]?.value, `example.com/${text}`);
      const pod: KubernetesObject = { apiVersion: 'v1', kind: 'Pod', metadata: { name: text, namespace: text } };
      assert.deepEqual(wordsIn(textOf(forcePod(pod, undefined))).slice(2, 5), [`pod/${text}`, '-n', text]);
      const preview = { ...bad, subject: { ...bad.subject, name: text, namespace: text } };
      assert.deepEqual(wordsIn(commandOf(preview)).slice(2, 5), [text, '-n', text]);
    }
  });

  test('of a whole explanation can all be read by a shell, and none has a line of its own in it', () => {
    for (const text of hostile) {
      const object = role(text, `example.com/${text}`);
      const { blockers } = why({
        object,
        objects: [object],
        events: [],
        kinds: [],
        notSeen: [],
        now: Date.UTC(2026, 10, 24, 13),
      });
      const commands = commandsIn(blockers);
      assert.ok(commands.length > 0);
      for (const command of commands) {
        assert.doesNotMatch(command, /[\p{Cc}\p{Bidi_Control}]/u);
        assert.equal(wordsIn(command)[2], `clusterrole.rbac.authorization.k8s.io/${text}`);
      }
    }
  });

  test('are made by the function that quotes, wherever the source has one', () => {
    const root = join(import.meta.dirname, '..', '..');
    const quoting = /shellWord\(|shellCommand\(|named\(|kubectlName\(|\(cliName\)/;
    /** Numbers and words of our own. */
    const own = /^\$\{(?:seconds|flags|before|resources\.join|Math\.max|\(deadline|programName|index|start)\b/;
    const unquoted = globSync('**/*.ts', {
      cwd: root,
      exclude: ['**/*.test.ts', '**/testing/**', 'cluster/contract/**'],
    }).flatMap((file) =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .flatMap((line, index) => {
          if (/^\s*(\*|\/\/|\/\*)/.test(line)) return [];
          const commands = line
            .replaceAll('helm uninstall of', 'of')
            .matchAll(/(?:kubectl|helm|bookend) (?:[a-z]+ )+(?:-[-\w=]+ )*(?:[a-z]+\/)?(\$\{.*)/g);
          const found = [...commands].flatMap(([, rest = '']) => (quoting.test(rest) || own.test(rest) ? [] : [rest]));
          return found.map((rest) => `${file}:${index + 1}: ${rest.slice(0, 60)}`);
        }),
    );
    assert.deepEqual(unquoted, []);
  });
});
