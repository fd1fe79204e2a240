/**
 * Shares in one line, as users and attackers write them: lossless, or refused in one sentence that names the place
 * and guesses what was meant.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isCode } from '../errors.ts';
import { parseShare, printShare } from './notation.ts';

describe('A share in one line', () => {
  const why = (line: string): string => {
    try {
      parseShare(line);
    } catch (error) {
      if (isCode(error, 'bad-input')) return error.message;
      throw error;
    }
    return '';
  };

  test('is read and printed without loss, with every option that there is', () => {
    const lines = [
      'web = app:/srv/www -> nginx:/html:ro; mode=copy; type=File; medium=Memory; sizeLimit=64Mi',
      'web = app:/srv/www/ -> nginx:/html; owners=keep; onConflict=last',
      'web = app:/srv/www -> nginx:/html; chown=1000:2000; chmod=u=rwX,go=rX; resources=none',
      'web = app:/srv/www -> nginx:/html; chown=:2000; chmod=0755; resources=cpu=50m/100m,memory=64Mi',
      'web = app:/srv/www -> nginx:/html; resources=cpu=50m/,ephemeral-storage=/1Gi; onConflict=fail',
    ];
    for (const line of lines) assert.equal(printShare(parseShare(line)), line);
    assert.deepEqual(parseShare('a = app:/x -> web:/y; chmod="g+rwX, o-w"').chmod, 'g+rwX,o-w');
    assert.deepEqual(parseShare('a = app:/x -> web:/y; chmod=u=rwX, go=rX').chmod, 'u=rwX,go=rX');
    assert.deepEqual(parseShare('a = app:/x -> web:/y; resources=cpu=50m/100m , memory=64Mi').resources, {
      requests: { cpu: '50m', memory: '64Mi' },
      limits: { cpu: '100m', memory: '64Mi' },
    });
  });

  test('says where a mistyped option is, and which was probably meant', () => {
    assert.match(
      why('app:/a -> web:/b:ro; sizelimit=1Gi'),
      /at "sizelimit=1Gi": unknown option sizelimit; did you mean sizeLimit\?$/,
    );
    assert.match(why('app:/a -> web:/b:ro; size-limit=1Gi'), /did you mean sizeLimit\?/);
    assert.match(why('app:/a -> web:/b:ro; onconflit=last'), /did you mean onConflict\?/);
    assert.match(
      why('app:/a -> web:/b:ro; mode=coppy'),
      /at "coppy": mode cannot be "coppy": use one of auto, scratch, copy, image \(did you mean copy\?\)$/,
    );
    assert.match(why('app:/a -> web:/b:ro; type=directory'), /did you mean Directory\?/);
    assert.match(why('app:/a -> web:/b:ro; owners=root'), /owners cannot be "root": use keep$/);
    assert.match(why('app:/a -> web:/b:ro; colour=red'), /unknown option colour; expected an option: mode, type, medium/);
    assert.match(why('app:/a -> web:/b:ro; mode=copy; mode=copy'), /mode is given twice/);
    assert.match(why('app:/a -> web:/b:ro; mode'), /expected "=" and a value after mode/);
    assert.match(why('app:/a -> web:/b:ro; resources=cpu=1,cpu=2'), /cpu is given twice/);
  });

  test('has the options that there are, and not those that every object of JavaScript has', () => {
    for (const key of ['constructor', 'toString', 'hasOwnProperty', 'valueOf']) {
      assert.match(why(`app:/a, web:/b; ${key}=x`), /expected an option: mode, type/);
    }
  });

  test('guesses where "->" was lost to the shell, or written otherwise', () => {
    for (const line of ['-', 'app:/srv/www -', 'app:/x-']) assert.match(why(line), /the share needs single quotes/, line);
    for (const arrow of ['- >', '=>', '→', '>', '-', '|']) {
      assert.ok(why(`app:/x ${arrow} web:/y`).includes(`expected "->" between source and containers, found "${arrow}"`), arrow);
    }
    for (const line of ['app:/a-b -> web:/c:ro', 'app:/a-, web:/b-', 'app:"/x -" -> web:/y', 'a = app:/x -> web:/y-'])
      assert.equal(why(line), '', line);
  });

  test('is refused without its whole length, and in linear time', () => {
    const long = 'x'.repeat(30_000);
    const lines = [
      ...[long, `${long}:`, `app:"${long}`, `app:/a -> web:/b; mode=${long}`, `${long}=app:/a`, `app:/a -> web:/b; ${long}=x`],
      ...[
        `app:/a ${'- '.repeat(15_000)}`,
        `app:/a -> web:/b; resources=${'cpu=1,'.repeat(5_000)}`,
        `app:/a -> web:/b; chmod=${',g+r'.repeat(7_000)}"`,
      ],
    ];
    const began = performance.now();
    for (const line of lines) {
      assert.throws(
        () => parseShare(line, 'web'),
        (error: Error) => error.message.length < 1_000,
      );
    }
    assert.ok(performance.now() - began < 2_000);
  });
});
