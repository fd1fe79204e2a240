/** Who makes a request. */
export type Requester = {
  user: string;
  groups: readonly string[];
  /** Its roles and bindings were all read. */
  rightsKnown: boolean;
};
