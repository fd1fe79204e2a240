/** What the image of the copy tool is built for. A Pod that can only run elsewhere would never get its copy. */
export const toolArchitectures: readonly string[] = ['amd64'];
