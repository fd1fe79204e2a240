/** Which files are generated, and from what. */
import { stringify } from 'yaml';
import { clusterOperatorCrd } from '../../src/resource/crd.ts';

/** Every generated file by its path from the repository's root. */
export async function generatedFiles(): Promise<Record<string, string>> {
  return { 'charts/bookend/files/clusteroperators.bookend.dev.yaml': crdFile() };
}

function crdFile(): string {
  return `# Generated from src/resource/cluster-operator.ts by npm run generate.\n${stringify(clusterOperatorCrd(), { lineWidth: 0 })}`;
}
