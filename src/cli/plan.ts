/** `bookend plan`: in which order manifests would be taken down, and why. Works on files alone, without any cluster. */
import { collect, type GlobalFlags } from './flags.ts';
import type { AddVerb } from './verb.ts';

/** The flags as commander gives them. */
export type PlanFlags = GlobalFlags & { filename?: string[]; explain?: boolean };

export const addPlan: AddVerb = (program, run) => {
  program
    .command('plan')
    .usage('[flags] -f FILE…')
    .description('Show the order in which manifests would be taken down, and the fields that prove it. Needs no cluster.')
    .option('-f, --filename <file>', 'file or directory of manifests, - for the standard input; may be repeated', collect)
    .option('--explain', 'show the evidence for each edge')
    .addHelpText('after', '\nOutputs: text, json, mermaid, dot. A ClusterOperator stands for the objects of its components.')
    .action((_, command) =>
      run(async (surroundings) => {
        const { runPlan } = await import('./plan/run-plan.ts');
        return runPlan(command.optsWithGlobals(), surroundings);
      }),
    );
};
