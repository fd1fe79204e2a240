import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { differences } from './compare.ts';
import type { Trace } from './play.ts';

const scenario = { name: 'one', steps: [] };
let version = 0;

/** A trace in which these things happen to one object each: `ConfigMap/b: terminating, gone`. */
function trace(...lives: string[]): Trace {
  const happenings = lives.flatMap((life) => {
    const [who = '', what = ''] = life.split(': ');
    return what.split(', ').map((each) => ({ what: each as 'gone', who, uid: who, version: ++version }));
  });
  return { answers: [], happenings, events: [] };
}

describe('two clusters tell the same story', () => {
  test('when the same becomes of each object', () => {
    assert.deepEqual(differences(scenario, trace('ConfigMap/b: gone'), trace('ConfigMap/b: gone')), []);
    assert.deepEqual(differences(scenario, trace('ConfigMap/b: gone'), trace('ConfigMap/b: terminating, gone')), [
      'only simulated: ConfigMap/b: gone',
      'only real: ConfigMap/b: terminating, gone',
    ]);
  });

  test('when chance decides between lives that the scenario names, and only between those', () => {
    const either = { ...scenario, eitherLife: [['ConfigMap/b: gone', 'ConfigMap/b: terminating, gone']] };
    assert.deepEqual(differences(either, trace('ConfigMap/b: gone'), trace('ConfigMap/b: terminating, gone')), []);
    assert.deepEqual(differences(either, trace('ConfigMap/b: gone'), trace('ConfigMap/b: terminating')), [
      'only simulated: ConfigMap/b: gone or ConfigMap/b: terminating, gone',
      'only real: ConfigMap/b: terminating',
    ]);
    assert.equal(differences(either, trace('ConfigMap/b: gone'), trace()).length, 1);
  });
});
