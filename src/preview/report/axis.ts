/**
 * Where a time is on a time axis, from 0 to 1. One long wait in which nothing happens, such as a time-out of five
 * minutes after three seconds of action, may not take more than a third of it: it is drawn shorter, and marked as a
 * break.
 */

/** A wait that is shorter is drawn as it is, in ms. */
const worthABreakMs = 20_000;

export type Axis = {
  /** From 0 to 1. */
  position(ms: number): number;
  /** Times worth a label, in ms. */
  ticks: number[];
  /** Within this span the scale is another one. */
  breakBetween?: [number, number];
};

/** @param times of everything that happens; `end` is the last that is shown, in ms */
export function axisOf(times: readonly number[], end: number): Axis {
  const last = Math.max(end, ...times, 1);
  const sorted = [...new Set([0, ...times.filter((time) => time > 0), last])].sort((a, b) => a - b);
  const gaps = sorted.slice(1).map((to, index) => ({ from: sorted[index] ?? 0, to }));
  const longest = gaps.reduce((a, b) => (b.to - b.from > a.to - a.from ? b : a), { from: 0, to: 0 });
  const length = longest.to - longest.from;
  const rest = last - length;
  if (rest <= 0 || length <= Math.max(worthABreakMs, rest * 2))
    return { position: (ms) => clamp(ms / last), ticks: evenTicks(last) };
  // The break takes a third, what happens before and after it the other two.
  const total = rest * 1.5;
  const breakWidth = rest / 2;
  const position = (ms: number) => {
    if (ms <= longest.from) return clamp(ms / total);
    if (ms >= longest.to) return clamp((ms - length + breakWidth) / total);
    return clamp((longest.from + ((ms - longest.from) / length) * breakWidth) / total);
  };
  const ticks = [...new Set([...evenTicks(longest.from, 2), longest.from, longest.to, last])];
  return { position, ticks: ticks.sort((a, b) => a - b), breakBetween: [longest.from, longest.to] };
}

/** Round steps, so that there are between two and six labels. */
function evenTicks(last: number, most = 5): number[] {
  const steps = [
    100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000,
  ];
  const step = steps.find((each) => last / each <= most) ?? last;
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, index) => index * step);
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}
