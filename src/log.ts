/** What everything below the operator needs of a log: pino's, or anything else that takes fields and a message. */
export type Log = {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
};
