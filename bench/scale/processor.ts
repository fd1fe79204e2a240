/** Processor time of the programs of a cluster: it shows which of them limits a result. */
import { readFileSync } from 'node:fs';
import { status } from '../../tools/local-cluster/index.ts';

/** The kernel's unit of time in /proc, on every Linux. */
const ticksPerSecond = 100;

/** Seconds of processor time that each program of a local cluster has used so far. */
export async function processorSeconds(cluster: string, others: Record<string, number>): Promise<Record<string, number>> {
  const { components } = await status(cluster);
  const pids = [...components.map(({ name, pid }) => [name, pid] as const), ...Object.entries(others)];
  return Object.fromEntries(pids.flatMap(([name, pid]) => (pid === undefined ? [] : [[name, secondsOf(pid)]])));
}

function secondsOf(pid: number): number {
  // After the name in brackets, which may hold anything: state is the first field, utime the 12th, stime the 13th.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
