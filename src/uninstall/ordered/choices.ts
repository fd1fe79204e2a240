/** What a person decides about an uninstall beyond what the release itself says. */
export type Choices = {
  /**
   * Custom resources that the release did not make, of kinds that it defines or serves. `refuse`: nothing is deleted
   * while there are any. `keep`: they stay, and so does what they need: operator, rights, definitions.
   */
  customResources: 'refuse' | 'delete' | 'keep';
  /** CustomResourceDefinitions of the chart's `crds/`, which Helm never deletes. */
  definitions: 'keep' | 'delete';
};

/** As a preview plays it: people who have custom resources and uninstall their operator mostly mean both. */
export const previewChoices: Choices = { customResources: 'delete', definitions: 'keep' };
