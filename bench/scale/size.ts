/** How much there is. */
export type Size = { nodes: number; namespaces: number; applicationsEach: number; podsEach: number };

export const full: Size = { nodes: 1_000, namespaces: 25, applicationsEach: 20, podsEach: 20 };
/** To see that everything works. */
export const quick: Size = { nodes: 50, namespaces: 5, applicationsEach: 5, podsEach: 20 };

export const applicationsOf = ({ namespaces, applicationsEach }: Size) => namespaces * applicationsEach;
export const podsOf = (size: Size) => applicationsOf(size) * size.podsEach;
