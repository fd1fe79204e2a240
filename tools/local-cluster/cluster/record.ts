/** What is written down about a cluster, so that any later command, in any process, knows it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BookendError } from '../../../src/errors.ts';
import type { Component, ComponentName } from '../configuration/components.ts';
import { componentNames } from '../configuration/components.ts';
import type { ComponentFlags, Specification } from '../configuration/specification.ts';
import { clusterPaths, stateRoot } from '../machine/paths.ts';
import type { Process } from '../machine/processes.ts';
import { subnet } from '../network/subnets.ts';
import type { Programs } from '../programs/build.ts';

/** What cannot be derived about a cluster: the rest of its specification follows from it. */
export type ClusterRecord = {
  name: string;
  kubernetes: string;
  subnetNumber: number;
  programs: Programs;
  networkPlugins: string;
  flags?: ComponentFlags;
};

/** A component that was started. */
export type StartedComponent = Component & Process & { startedAt: string; log: string };

/** @throws BookendError `bad-input` for names that cannot be part of paths, interfaces, cgroups and node names. */
export function checkName(name: string): void {
  if (/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(name)) return;
  throw new BookendError('bad-input', `"${name}" cannot be the name of a cluster`, {
    field: '--name',
    advice: 'Use at most 40 small letters, digits and hyphens, with a letter or digit at both ends.',
  });
}

/** The record of a cluster; undefined when there is no such cluster. */
export function readRecord(name: string): ClusterRecord | undefined {
  const { record } = clusterPaths(name);
  return existsSync(record) ? (JSON.parse(readFileSync(record, 'utf8')) as ClusterRecord) : undefined;
}

/** @throws BookendError `not-found` when there is no such cluster. */
export function requireRecord(name: string): ClusterRecord {
  checkName(name);
  const record = readRecord(name);
  if (record) return record;
  throw new BookendError('not-found', `There is no local cluster "${name}"`, { advice: `Start it: ${commandFor('up', name)}` });
}

export function writeRecord(record: ClusterRecord): void {
  writeFileAtomically(clusterPaths(record.name).record, `${JSON.stringify(record, null, 2)}\n`);
}

/** The records of all clusters of this machine. */
export function allRecords(): ClusterRecord[] {
  if (!existsSync(stateRoot)) return [];
  return readdirSync(stateRoot).flatMap((name) => readRecord(name) ?? []);
}

export function specificationOf({ subnetNumber, ...others }: ClusterRecord): Specification {
  return { ...others, paths: clusterPaths(others.name), subnet: subnet(subnetNumber) };
}

/** The component as it was started last; undefined when it never was. */
export function readComponent(cluster: string, component: ComponentName): StartedComponent | undefined {
  const file = join(clusterPaths(cluster).components, `${component}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as StartedComponent) : undefined;
}

export function writeComponent(cluster: string, component: StartedComponent): void {
  writeFileAtomically(
    join(clusterPaths(cluster).components, `${component.name}.json`),
    `${JSON.stringify(component, null, 2)}\n`,
  );
}

/** Forgets that a component was started: it has ended, and its next start is another process. */
export function removeComponent(cluster: string, component: ComponentName): void {
  rmSync(join(clusterPaths(cluster).components, `${component}.json`), { force: true });
}

/** Every component that was started and not forgotten, in the order in which they start. */
export function startedComponents(cluster: string): StartedComponent[] {
  return componentNames.flatMap((name) => readComponent(cluster, name) ?? []);
}

/** The command that a person types, for advice. */
export function commandFor(verb: string, name: string): string {
  return `npm run cluster -- ${verb}${name === 'bookend' ? '' : ` --name ${name}`}`;
}

/** A reader sees the file as it was or as it is, never half of it. */
export function writeFileAtomically(file: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(file), { recursive: true });
  const unfinished = `${file}.unfinished`;
  writeFileSync(unfinished, text, { mode });
  renameSync(unfinished, file);
}
