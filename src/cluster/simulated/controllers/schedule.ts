/** Times of a CronJob's schedule: five fields, names of months and days, `@hourly` and its kind (`robfig/cron`). UTC. */
import type { Instant } from '../../clock.ts';

/** The first time of the schedule after `now`, or undefined when it has none within four years or cannot be read. */
export function nextTime(schedule: string, now: Instant): Instant | undefined {
  const fields = (macros[schedule.trim()] ?? schedule.trim()).split(/\s+/);
  const every = /^@every (\d+)([smh])$/.exec(schedule.trim());
  if (every) return now + Number(every[1]) * ({ s: 1, m: 60, h: 3_600 }[every[2] ?? 's'] ?? 1) * 1_000;
  if (fields.length !== 5) return undefined;
  const [minutes, hours, days, months, weekdays] = fields.map((field, index) =>
    valuesOf(field, ranges[index] ?? [0, 59], names[index]),
  );
  if (!minutes || !hours || !days || !months || !weekdays) return undefined;
  const isAny = (index: number) => /^[*?]/.test(fields[index] ?? '');
  const dayFits = (day: number, weekday: number) => {
    const inMonth = days.has(day);
    const inWeek = weekdays.has(weekday) || (weekday === 0 && weekdays.has(7));
    // When both are limited, one of them is enough.
    return isAny(2) || isAny(4) ? inMonth && inWeek : inMonth || inWeek;
  };
  const date = new Date(now);
  date.setUTCSeconds(0, 0);
  date.setUTCMinutes(date.getUTCMinutes() + 1);
  const end = now + 4 * 366 * dayMs;
  while (date.getTime() < end) {
    if (!months.has(date.getUTCMonth() + 1) || !dayFits(date.getUTCDate(), date.getUTCDay())) date.setUTCHours(24, 0, 0, 0);
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

function valuesOf(field: string, [lowest, highest]: [number, number], words: string[] | undefined): Set<number> | undefined {
  const values = new Set<number>();
  const value = (text: string) => {
    const word = words?.indexOf(text.toLowerCase()) ?? -1;
    return word >= 0 && text !== '' ? word : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  };
  for (const part of field.split(',')) {
    const [span = '', step] = part.split('/');
    const [from = '', to] = span.split('-');
    const first = /^[*?]$/.test(span) ? lowest : value(from);
    const last = /^[*?]$/.test(span) ? highest : to !== undefined ? value(to) : step !== undefined ? highest : first;
    const stride = step === undefined ? 1 : Number(step);
    if (!(first >= lowest && last <= highest && stride > 0)) return undefined;
    for (let each = first; each <= last; each += stride) values.add(each);
  }
  return values;
}
