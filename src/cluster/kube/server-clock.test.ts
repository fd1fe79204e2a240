import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { wallClock } from '../clock.ts';
import { ServerTime, serverClock } from './server-clock.ts';
import { configMapOf, FakeServer } from './testing/fake-server.ts';

const hour = 3_600_000;
const noon = Date.parse('2026-11-29T12:00:00Z');
const at = (instant: number) => new Date(instant).toUTCString();

describe('the API server’s clock', () => {
  test('is this machine’s until the server has answered', () => {
    const time = new ServerTime();
    const clock = serverClock(time, { now: () => noon, after: wallClock.after }, () => 5);
    assert.equal(clock.now(), noon);
    time.heard(at(noon + hour), 1, 5);
    assert.equal(clock.now(), noon + hour);
  });

  test('goes on by the monotonic clock, whatever happens to this machine’s', () => {
    const time = new ServerTime();
    let [monotonic, local] = [100, noon];
    const clock = serverClock(time, { now: () => local, after: wallClock.after }, () => monotonic);
    time.heard(at(noon), 100, 100);
    monotonic += 90_000;
    local += 7 * hour;
    assert.equal(clock.now(), noon + 90_000);
  });

  test('never runs ahead of the server, and after a few answers is hardly behind it', () => {
    const time = new ServerTime();
    // The server's true time is `monotonic + offset`; it names the second that has begun.
    const offset = noon + 437;
    const answer = (sent: number, written: number, received: number) =>
      time.heard(at(Math.floor((written + offset) / 1_000) * 1_000), sent, received);
    for (let sent = 0; sent < 40_000; sent += 1_130) {
      answer(sent, sent + 7, sent + 12);
      const now = time.at(sent + 12) ?? 0;
      assert.ok(now <= sent + 12 + offset, 'it does not run ahead');
      assert.ok(now > sent + 12 + offset - 1_000 - 12, 'it is a second and a round trip behind at most');
    }
    assert.ok((time.at(0) ?? 0) > offset - 100, `it is ${offset - (time.at(0) ?? 0)} ms behind`);
  });

  test('an answer that took long says little, and does not make it wrong', () => {
    const time = new ServerTime();
    time.heard(at(noon), 0, 10);
    time.heard(at(noon), 0, 45_000);
    assert.equal(time.at(10), noon);
  });

  test('follows the server when its clock is set, forward and back', () => {
    const time = new ServerTime();
    time.heard(at(noon), 0, 10);
    time.heard(at(noon + hour), 1_000, 1_010);
    assert.equal(time.at(1_010), noon + hour);
    time.heard(at(noon), 2_000, 2_010);
    assert.equal(time.at(2_010), noon);
  });

  test('an answer without a time, or with a senseless one, changes nothing', () => {
    const time = new ServerTime();
    for (const senseless of [undefined, '', 'noon', ['a', 'b']]) time.heard(senseless, 0, 1);
    assert.equal(time.at(1), undefined);
  });

  describe('is read from every answer', () => {
    let server: FakeServer;
    beforeEach(async () => {
      server = await FakeServer.start();
    });
    afterEach(() => server.close());

    test('of a request, also one that is refused', async () => {
      for (const status of [200, 404]) {
        const serverTime = new ServerTime();
        const cluster = await server.open({ serverTime });
        const headers = { date: at(noon + 5 * hour) };
        server.on('GET', '/api/v1/namespaces/default/configmaps/one', { status, headers, body: configMapOf('one') });
        await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'one' });
        const now = serverClock(serverTime, wallClock).now();
        assert.ok(now >= noon + 5 * hour && now < noon + 5 * hour + 60_000, new Date(now).toISOString());
      }
    });
  });
});
