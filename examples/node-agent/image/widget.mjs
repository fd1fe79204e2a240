/** What a Widget's Pods run: a server that answers its readiness probe and nothing else. */
import { createServer } from 'node:http';

process.on('SIGTERM', () => process.exit(0));
createServer((_, answer) => answer.writeHead(200).end()).listen(8080);
