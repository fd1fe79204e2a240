/**
 * Sockets in the file system: a file remains when its server is killed, so only a connection tells whether anybody is
 * there.
 */
import { connect } from 'node:net';

/** True when something listens on the socket. */
export function accepts(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket);
    connection.on('connect', () => {
      connection.destroy();
      resolve(true);
    });
    connection.on('error', () => resolve(false));
  });
}
