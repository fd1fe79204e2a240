/** Which proxy leads to a server, as kubectl decides it: the kubeconfig's own `proxy-url`, else HTTPS_PROXY unless NO_PROXY excludes the host. */
import { BlockList, isIP } from 'node:net';

export type Environment = Record<string, string | undefined>;

/** The proxy's URL, or undefined to go directly. Loopback is never reached through a proxy of the environment (as in Go). */
export function proxyFromEnvironment(server: string, environment: Environment): string | undefined {
  const { protocol, hostname, port } = new URL(server);
  const variable = protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = environment[variable] || environment[variable.toLowerCase()];
  if (!proxy) return undefined;
  const host = hostname.replace(/^\[|\]$/g, '');
  if (host === 'localhost' || /^127\./.test(host) || host === '::1') return undefined;
  const excluded = (environment.NO_PROXY || environment.no_proxy || '').split(',').map((entry) => entry.trim());
  if (excluded.some((entry) => matches(entry, host, port || (protocol === 'https:' ? '443' : '80')))) return undefined;
  return /^[a-z0-9+]+:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
}

/** One entry of NO_PROXY: `*`, an address, a CIDR, `host`, `.domain`, `*.domain`, each possibly with `:port`. */
function matches(entry: string, host: string, port: string): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  if (entry.includes('/')) return inRange(entry, host);
  const withPort = /^(.+?):(\d+)$/.exec(entry);
  const onlyName = withPort && isIP(entry) !== 6 ? (withPort[1] ?? '') : entry;
  if (withPort && onlyName !== entry && withPort[2] !== port) return false;
  const name = onlyName
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/^\*(?=\.)/, '');
  const lowered = host.toLowerCase();
  if (name.startsWith('.')) return lowered.endsWith(name);
  return lowered === name || (isIP(name) === 0 && lowered.endsWith(`.${name}`));
}

function inRange(cidr: string, host: string): boolean {
  const [address = '', bits = ''] = cidr.split('/');
  const [family, hostFamily] = [isIP(address), isIP(host)];
  if (family === 0 || family !== hostFamily || !/^\d+$/.test(bits)) return false;
  const type = family === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(address, Number(bits), type);
  return list.check(host, type);
}
