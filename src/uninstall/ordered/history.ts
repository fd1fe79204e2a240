/** What Helm keeps of a release, as the uninstall changes it. A preview has none. */
export interface History {
  /** The release is being deleted: status `uninstalling`, as Helm writes it before the first hook. */
  markUninstalling(): Promise<void>;
  /**
   * Nothing is left to do: the history is deleted, its last revision last; or it says `uninstalled`, where it is kept.
   */
  close(): Promise<void>;
}
