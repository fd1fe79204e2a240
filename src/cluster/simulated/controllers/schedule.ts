/**
 * Times of a CronJob's schedule: five fields, names of months and days, `@hourly` and its kind (`robfig/cron`). UTC.
 */
import type { Instant } from '../../clock.ts';

type Times = {
  minutes: Set<number>;
  hours: Set<number>;
  months: Set<number>;
  dayFits(date: Date): boolean;
};

/** The first time of the schedule after `now`, or undefined when it has none within four years or cannot be read. */
export function nextTime(schedule: string, now: Instant): Instant | undefined {
  const text = schedule.trim();
  const [, count, unit = 's'] = /^@every (\d+)([smh])$/.exec(text) ?? [];
  if (count !== undefined) return now + Number(count) * (seconds[unit] ?? 1) * 1_000;
  const times = timesOf((macros[text] ?? text).split(/\s+/));
  return times && firstAfter(times, now);
}

const seconds: Record<string, number> = { s: 1, m: 60, h: 3_600 };

function timesOf(fields: string[]): Times | undefined {
  if (fields.length !== 5) return undefined;
  const [minutes, hours, days, months, weekdays] = fields.map((field, index) =>
    valuesOf(field, ranges[index] ?? [0, 59], names[index]),
  );
  if (!minutes || !hours || !days || !months || !weekdays) return undefined;
  const isAny = (index: number) => /^[*?]/.test(fields[index] ?? '');
  const dayFits = (date: Date) => {
    const inMonth = days.has(date.getUTCDate());
    const weekday = date.getUTCDay();
    const inWeek = weekdays.has(weekday) || (weekday === 0 && weekdays.has(7));
    // When both are limited, one of them is enough.
    return isAny(2) || isAny(4) ? inMonth && inWeek : inMonth || inWeek;
  };
  return { minutes, hours, months, dayFits };
}

function firstAfter({ minutes, hours, months, dayFits }: Times, now: Instant): Instant | undefined {
  const date = new Date(now);
  date.setUTCSeconds(0, 0);
  date.setUTCMinutes(date.getUTCMinutes() + 1);
  const end = now + 4 * 366 * dayMs;
  while (date.getTime() < end) {
    if (!months.has(date.getUTCMonth() + 1) || !dayFits(date)) date.setUTCHours(24, 0, 0, 0);
    else if (!hours.has(date.getUTCHours())) date.setUTCMinutes(60, 0, 0);
    else if (!minutes.has(date.getUTCMinutes())) date.setUTCMinutes(date.getUTCMinutes() + 1);
    else return date.getTime();
  }
  return undefined;
}

const dayMs = 24 * 3_600_000;

const macros: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

const ranges: [number, number][] = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
];

const names: (string[] | undefined)[] = [
  undefined,
  undefined,
  undefined,
  ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
];

type Range = [lowest: number, highest: number];

function valuesOf(field: string, range: Range, words: string[] | undefined): Set<number> | undefined {
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const [first, last, stride] = spanOf(part, range, words);
    if (!(first >= range[0] && last <= range[1] && stride > 0)) return undefined;
    for (let each = first; each <= last; each += stride) values.add(each);
  }
  return values;
}

/**
 * One part of a field, `5`, `1-5`, `10/2`, `mon-fri`: from where to where, and in which steps. NaN for what cannot be
 * read.
 */
function spanOf(part: string, [lowest, highest]: Range, words: string[] | undefined): [number, number, number] {
  const [span = '', step] = part.split('/');
  const stride = step === undefined ? 1 : Number(step);
  if (/^[*?]$/.test(span)) return [lowest, highest, stride];
  const [from = '', to] = span.split('-');
  const first = numberIn(from, words);
  if (to !== undefined) return [first, numberIn(to, words), stride];
  return [first, step === undefined ? first : highest, stride];
}

function numberIn(text: string, words: string[] | undefined): number {
  const word = words?.indexOf(text.toLowerCase()) ?? -1;
  if (word >= 0 && text !== '') return word;
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}
