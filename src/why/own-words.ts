/**
 * What an object that does not go reports itself, and the objects that these words name. Its controller knows more than
 * we can conclude, so this comes first.
 */
import { groupOf, refOf } from '../objects/identity.ts';
import { bookendGroup } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { nameOf } from './backends.ts';
import type { Blocker, Proof } from './blocker.ts';
import type { WhyContext } from './context.ts';
import { waitsFor } from './dependents.ts';
import { drainBlockers } from './drains.ts';
import { isMentioned, mentionsIn } from './mentions.ts';
import { isRefusal } from './refusals.ts';
import { deletingSince, isSlow } from './since.ts';
import { placeOf, statementsOf } from './statements.ts';
import { missingIn, permissionLook } from './words.ts';

/** These have questions of their own, which tell their conditions and events. */
const explainedElsewhere = new Set([
  ...['/Pod', '/Namespace', 'apiextensions.k8s.io/CustomResourceDefinition', `${bookendGroup}/ClusterOperator`],
]);

export function ownWords(object: KubernetesObject, context: WhyContext): Blocker[] {
  const since = deletingSince(object);
  if (since === undefined || explainedElsewhere.has(`${groupOf(object.apiVersion)}/${object.kind}`)) return [];
  const statements = statementsOf(object, context).filter(({ says }) => !isRefusal(says));
  const [first] = statements;
  if (!first) return [];
  return [
    {
      kind: 'status',
      says: `${nameOf(object)} reports ${placeOf(first)}: ${first.says}`,
      object: refOf(object),
      stuck: isSlow(since, context),
      evidence: statements,
      remedies: statements.flatMap(({ says }) => permissionLook(says)),
      because: statements.flatMap((statement) => [
        ...missingIn(statement.says, object, context),
        ...namedIn(statement, object, context),
      ]),
    },
  ];
}

/** Of an object that must go first. What `failed to get X` names need not. */
const waits = /depend|in use|used by|use[sd]? |still|wait|until|exist|remain|remov|delet|block|attach|refer|prevent|evict|drain/i;

const mostNamed = 10;

function namedIn({ says }: Proof, object: KubernetesObject, context: WhyContext): Blocker[] {
  const mentions = mentionsIn(says, context.kinds);
  if (mentions.kinds.length === 0) return [];
  return context.objects
    .filter((each) => isMentioned(each, mentions, object))
    .slice(0, mostNamed)
    .flatMap((each) => {
      const drain = drainBlockers(each, says, context);
      if (drain) return drain;
      const isDeleted = deletingSince(each) !== undefined;
      return isDeleted || waits.test(says) ? [waitsFor(each, context, 'status', 'which it names')] : [];
    });
}
