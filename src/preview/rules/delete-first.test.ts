import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeWorld } from '../../graph/world.ts';
import { makeId } from '../../objects/identity.ts';
import { commandText } from '../../remedies/remedy.ts';
import { type DeleteFirst, deleteFirst } from './delete-first.ts';
import { cluster } from './testing/pieces.ts';

const definition = cluster('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'widgets.example.com', {
  spec: { group: 'example.com', names: { plural: 'widgets', kind: 'Widget' } },
});
const widget = (name: string, namespace: string | undefined = 'shop') => makeId('example.com', 'Widget', namespace, name);
const ids = ['a', 'b', 'c', 'd'].map((name) => widget(name));

/** @param goes whether the definition is deleted with the release */
function input(goes: boolean) {
  const world = makeWorld([definition]);
  return { world, isDeleted: (id: string) => goes && id === world.idOf(definition) };
}

/** As text: commands as they are printed. */
function inWords({ commands, targets }: DeleteFirst) {
  return { commands: commands.map(commandText), targets };
}

describe('deleting custom resources before their operator', () => {
  test('takes all of them only where the definition goes too', () => {
    assert.deepEqual(inWords(deleteFirst(ids, true, input(true))), {
      commands: ['bookend delete widgets.example.com --all --all-namespaces'],
      targets: [{ kind: 'widgets.example.com', all: true }],
    });
    assert.deepEqual(inWords(deleteFirst(ids, true, input(false))), {
      commands: ['bookend delete widgets.example.com --all -n shop'],
      targets: [{ kind: 'widgets.example.com', namespace: 'shop' }],
    });
  });

  test('names a few, each where it lives', () => {
    assert.deepEqual(inWords(deleteFirst([widget('b'), widget('a'), widget('1', 'other')], true, input(false))), {
      commands: [
        'bookend delete widgets.example.com/1 -n other',
        'bookend delete widgets.example.com/a widgets.example.com/b -n shop',
      ],
      targets: [
        { kind: 'widgets.example.com', names: ['1'], namespace: 'other' },
        { kind: 'widgets.example.com', names: ['a', 'b'], namespace: 'shop' },
      ],
    });
  });

  test('names none that was only supposed', () => {
    assert.deepEqual(inWords(deleteFirst([widget('a')], false, input(false))).commands, [
      'bookend delete widgets.example.com --all -n shop',
    ]);
  });

  test('names what has no namespace, and what is of a kind of Kubernetes itself', () => {
    const claimNames = [1, 2, 3, 4].map((each) => `persistentvolumeclaims/data-${each}`);
    const claims = [1, 2, 3, 4].map((each) => makeId('', 'PersistentVolumeClaim', 'shop', `data-${each}`));
    const both = deleteFirst([makeId('example.com', 'Widget', undefined, 'a'), ...claims], true, input(false));
    assert.deepEqual(inWords(both).commands, [
      `bookend delete ${claimNames.join(' ')} -n shop`,
      'bookend delete widgets.example.com/a',
    ]);
  });
});
