/** How the build hands its settings to the configuration, which VitePress loads on its own. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { repository as root } from '../image/bundle.ts';
import type { SiteSettings } from './config.ts';

const variable = 'BOOKEND_SITE';

export type PlainSettings = Omit<SiteSettings, 'repository'> & { repository: { address: string; revision: string } };

export function settingsEnvironment(settings: PlainSettings): NodeJS.ProcessEnv {
  return { [variable]: JSON.stringify(settings) };
}

/** @throws Error when VitePress was started by something else */
export function readSettings(environment: NodeJS.ProcessEnv = process.env): SiteSettings {
  const text = environment[variable];
  if (text === undefined) throw new Error('Build the site with: npm run site -- --out DIR');
  const settings = JSON.parse(text) as PlainSettings;
  return { ...settings, repository: { ...settings.repository, kindOf } };
}

/** Of a path from the root of the repository. */
function kindOf(path: string): 'file' | 'directory' | undefined {
  const found = statSync(join(root, path), { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  return found.isDirectory() ? 'directory' : 'file';
}
