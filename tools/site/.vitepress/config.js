// VitePress looks for its configuration here. `npm run site` has written the settings to a file.

import { siteConfig } from '../config.ts';
import { readSettings } from '../settings.ts';

export default siteConfig(readSettings());
