/**
 * Where two clusters tell different stories. Times never count; what each step was answered, what became of each
 * object, and the order that a scenario defines do.
 */
import type { Answer, Trace } from './play.ts';
import type { Scenario } from './scenario.ts';

/** Every difference in words; none when they agree. */
export function differences(scenario: Scenario, simulated: Trace, real: Trace): string[] {
  return [
    ...answersDiffer(simulated.answers, real.answers),
    ...livesDiffer(scenario, simulated, real),
    ...ordersDiffer(scenario, simulated, real),
    ...(simulated.events.join('\n') === real.events.join('\n')
      ? []
      : [`events: simulated [${simulated.events.join(', ')}], real [${real.events.join(', ')}]`]),
  ];
}

function answersDiffer(simulated: Answer[], real: Answer[]): string[] {
  return real.flatMap((answer, index) => {
    const other = simulated[index];
    const same =
      other !== undefined &&
      other.outcome === answer.outcome &&
      (answer.message === undefined || normal(answer.message).endsWith(normal(other.message ?? '')));
    return same ? [] : [`${answer.step}:\n  simulated: ${shown(other)}\n  real:      ${shown(answer)}`];
  });
}

function shown(answer: Answer | undefined): string {
  return answer === undefined ? 'nothing' : `${answer.outcome}${answer.message === undefined ? '' : `: ${answer.message}`}`;
}

/** What the network says of a Service without Pods depends on how the API server reaches Services. */
function normal(message: string): string {
  return message
    .replaceAll(/dial tcp [\d.:[\]a-f]+: connect: (connection refused|operation not permitted|no route to host)/g, 'no answer')
    .replaceAll(/no endpoints available for service "[^"]+"/g, 'no answer')
    .replaceAll(/(context deadline exceeded|EOF)( \(.*\))?/g, 'no answer')
    .replaceAll(/(precondition|record) \(\d+\)/g, '$1 (N)')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UID');
}

/** What became of each object, objects of one made-up name together. */
function livesOf({ happenings }: Trace): string[] {
  const lives = new Map<string, { who: string; what: string[] }>();
  for (const { uid, who, what } of happenings) {
    const life = lives.get(uid) ?? { who, what: [] };
    life.what.push(what);
    lives.set(uid, life);
  }
  return [...lives.values()].map(({ who, what }) => `${who}: ${what.join(', ')}`).sort();
}

function livesDiffer({ eitherLife = [] }: Scenario, simulated: Trace, real: Trace): string[] {
  const asOne = (life: string) => eitherLife.find((lives) => lives.includes(life))?.join(' or ') ?? life;
  const left = livesOf(simulated).map(asOne);
  const right = livesOf(real).map(asOne);
  const only = (one: string[], other: string[]) => {
    const rest = [...other];
    return one.filter((line) => {
      const index = rest.indexOf(line);
      if (index >= 0) rest.splice(index, 1);
      return index < 0;
    });
  };
  return [
    ...only(left, right).map((line) => `only simulated: ${line}`),
    ...only(right, left).map((line) => `only real: ${line}`),
  ];
}

function ordersDiffer({ order = [] }: Scenario, simulated: Trace, real: Trace): string[] {
  return order.flatMap(([first, second]) => {
    const here = isBefore(simulated, first, second);
    const there = isBefore(real, first, second);
    if (here === 'yes' && there === 'yes') return [];
    return [`"${first}" before "${second}": simulated ${here}, real ${there}`];
  });
}

/** Every happening of the first name before every one of the second. */
function isBefore({ happenings }: Trace, first: string, second: string): string {
  const of = (text: string) => happenings.filter(({ what, who }) => `${what} ${who}` === text).map(({ version }) => version);
  const [ones, others] = [of(first), of(second)];
  if (ones.length === 0 || others.length === 0) return `never saw ${ones.length === 0 ? first : second}`;
  return Math.max(...ones) < Math.min(...others) ? 'yes' : 'no';
}
