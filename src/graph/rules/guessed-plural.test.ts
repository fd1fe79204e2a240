import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guessedPlural } from './resource-of.ts';

test('the plural of a kind is guessed as its authors write it', () => {
  const plurals = {
    Widget: 'widgets',
    Gateway: 'gateways',
    Policy: 'policies',
    Ingress: 'ingresses',
    Patch: 'patches',
    Proxy: 'proxies',
  };
  for (const [kind, plural] of Object.entries(plurals)) assert.equal(guessedPlural(kind), plural);
});
