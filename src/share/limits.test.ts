/**
 * Whoever creates a Pod decides how much work its shares are: too much is refused in words, and what is allowed
 * takes linear time.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sharesInAnnotations } from './annotations.ts';
import { applyShares } from './apply.ts';
import { limitProblems, mostReasons, shareLimits } from './limits.ts';
import { parseShare } from './notation.ts';
import { refusalsOf } from './refusals.ts';
import { placesIn, type Share, type ShareSettings } from './share.ts';
import { shareAmong } from './workloads.ts';

const settings: ShareSettings = { seedImage: 'seed:1', imageVolumes: { known: false, reason: 'not tried' } };
const places = placesIn('share', 'spec');
const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index));
const containers = (count: number) => many(count, (index) => ({ name: `c${index}`, image: 'image:1' }));
const scratch = (index: number, consumers = 2): Share => ({
  name: `s${index}`,
  to: many(consumers, (at) => ({ container: `c${at}`, path: `/data/${index}` })),
});

describe('Limits of shares', () => {
  test('allow as many shares and containers as they say, and refuse one more with the field and what to do', () => {
    const full = many(shareLimits.shares, (index) => scratch(index, shareLimits.consumers));
    const template = { spec: { containers: containers(shareLimits.consumers + 1) } };
    assert.deepEqual(refusalsOf(template, full, settings), []);
    const [tooMany] = refusalsOf(template, [...full, scratch(99)], settings);
    assert.equal(tooMany?.field, 'share[32]');
    assert.match(tooMany?.message ?? '', /33 shares; the maximum is 32\. Share a directory that contains/);
    const [tooWide] = refusalsOf(template, [scratch(0, shareLimits.consumers + 1)], settings);
    assert.equal(tooWide?.field, 'share[0].to[32]');
    assert.match(tooWide?.message ?? '', /33 containers; the maximum for a share is 32/);
  });

  test('refuse a path or reference that is too long, without repeating it', () => {
    const long = `/${'x'.repeat(shareLimits.text)}`;
    const share: Share = { name: 'a', from: { image: long, path: long }, to: [{ container: 'c0', path: long }] };
    const problems = limitProblems([share], places);
    assert.deepEqual(
      problems.map(({ field }) => field),
      ['share[0].from.path', 'share[0].from.image', 'share[0].to[0].path'],
    );
    for (const { message } of problems) assert.ok(message.length < 200, message);
  });

  test('refuse annotations that are too many or too long before any is read', () => {
    const lines = (count: number, text: string) =>
      Object.fromEntries(many(count, (index) => [`share.bookend.dev/s${index}`, text]));
    const [tooMany] = sharesInAnnotations(lines(33, 'not even a share')).problems;
    assert.equal(tooMany?.field, 'metadata.annotations');
    assert.match(
      tooMany?.message ?? '',
      /33 annotations that begin with share\.bookend\.dev\/, and a Pod may have at most 32 shares/,
    );
    const [tooLong] = sharesInAnnotations(lines(2, `app:/x, ${'y'.repeat(20_000)}:/x`)).problems;
    assert.match(tooLong?.message ?? '', /have 400\d\d characters together, and at most 32768/);
  });

  test('keep a refusal short, however much is wrong', () => {
    const shares = many(32, (index) => ({ name: `s${index}`, to: many(32, (at) => ({ container: `none${at}`, path: '/x' })) }));
    const problems = refusalsOf({ spec: { containers: containers(10_000) } }, shares, settings);
    assert.equal(problems.length, mostReasons);
    assert.match(problems.at(-1)?.message ?? '', /\(and 1014 more problems\)$/);
    assert.ok(problems.map(({ message }) => message).join('').length < 5_000);
  });

  test('bound what a component of many small workloads may become', () => {
    const objects = many(200, (index) => ({
      object: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: `d${index}` },
        spec: { template: { spec: { containers: containers(2) } } },
      },
      place: '',
    }));
    const shares = many(32, (index) => scratch(index));
    assert.throws(() => shareAmong(objects, shares, settings, places.share), {
      code: 'bad-input',
      message: /^share: the shares would be added to workloads 6400 times; the maximum is 4096/,
    });
    assert.equal(shareAmong(objects.slice(0, 100), shares, settings, places.share).length, 100);
  });

  test('refuse two containers of one name, of which each would get every mount', () => {
    const spec = { containers: many(3, () => ({ name: 'c0', image: 'image:1' })) };
    const problems = refusalsOf({ spec }, [scratch(0, 1)], settings);
    assert.deepEqual(
      problems.map(({ field }) => field),
      ['spec.containers[1].name', 'spec.containers[2].name'],
    );
    assert.match(problems[0]?.message ?? '', /another container has the name "c0" too/);
  });
});

describe('The work of shares', () => {
  /** The quickest of three, in ms of the processor: others use this machine too. */
  const timed = (work: () => void) => {
    const once = () => {
      const began = process.threadCpuUsage();
      work();
      const { user, system } = process.threadCpuUsage(began);
      return (user + system) / 1_000;
    };
    return Math.min(once(), once(), once());
  };
  const mounts = (count: number, where: string) =>
    many(count, (index) => ({ name: `v${index}`, mountPath: `${where}/${index}` }));
  const shares = many(32, (index) =>
    parseShare(`c${index}:/srv/${index} -> ${many(31, (at) => `x${at}:/in/${index}`).join(', ')}`),
  );
  const template = (size: number, where = '/elsewhere') => ({
    spec: {
      containers: [
        ...containers(size),
        ...many(31, (at) => ({ name: `x${at}`, image: 'i', volumeMounts: mounts(size / 10, where) })),
      ],
      volumes: many(size, (index) => ({ name: `v${index}`, emptyDir: {} })),
    },
  });

  test('grows with the Pod and not with its square, and changes nothing when it is repeated', () => {
    const [small, large] = [template(1_000), template(8_000)];
    const work = (pod: typeof small) => timed(() => applyShares(pod, shares, settings));
    work(small);
    const [one, eight] = [work(small), work(large)];
    assert.ok(eight < 24 * one + 50, `${one.toFixed(1)} ms became ${eight.toFixed(1)} ms`);
    const once = applyShares(large, shares, settings);
    const again = timed(() => assert.deepEqual(applyShares(once, shares, settings).spec.containers.length, 8_031));
    assert.ok(again < 24 * one + 50, `repeated ${again.toFixed(1)} ms`);
  });

  test('is as little where everything clashes', () => {
    const clashing = many(32, (index) =>
      parseShare(`c${index}:/srv -> ${many(31, (at) => `x${at}:/in${'/y'.repeat(12)}:ro`).join(', ')}; mode=image`, `s${index}`),
    );
    const [small, large] = [template(1_000, '/in/y'), template(8_000, '/in/y')];
    const work = (pod: typeof small) => timed(() => assert.equal(refusalsOf(pod, clashing, settings).length, mostReasons));
    work(small);
    const [one, eight] = [work(small), work(large)];
    assert.ok(eight < 24 * one + 50, `${one.toFixed(1)} ms became ${eight.toFixed(1)} ms`);
  });
});
