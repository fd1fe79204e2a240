/**
 * A CustomResourceDefinition waits for its custom resources. Both need the conversion webhook, because without it
 * nobody can read custom resources at another version.
 */
import { fieldAt, listOf, mapOf, textOf } from '../objects/fields.ts';
import { describeRef, groupOf, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { definedBy, isCrd } from '../objects/scopes.ts';
import { isHidden } from '../reading/reader.ts';
import { backendOf, conversionOf, nameOf } from './backends.ts';
import type { Blocker } from './blocker.ts';
import type { WhyContext } from './context.ts';
import { waitsFor } from './dependents.ts';
import { deletingSince, isSlow } from './since.ts';

const cleanup = 'customresourcecleanup.apiextensions.k8s.io';

/** So many are explained; of the rest the number is told. */
const explained = 25;

export function customResourceBlockers(object: KubernetesObject, context: WhyContext): Blocker[] {
  if (!isCrd(object)) {
    return conversionBlockers(object, context);
  }
  if (deletingSince(object) === undefined || !(object.metadata.finalizers ?? []).includes(cleanup)) return [];
  const { group, kind } = definedBy(object);
  const instances = context.world.ofKind(group, kind);
  const name = describeRef(refOf(object));
  const conversion = deadConversion(object, context);
  const evidence = [
    {
      object: name,
      field: 'metadata.finalizers',
      value: cleanup,
      says: 'the API server removes it when no custom resource is left',
    },
    ...listOf(fieldAt(object, 'status', 'conditions'))
      .map(mapOf)
      .filter(({ type }) => type === 'Terminating')
      .map(({ reason, message }) => ({
        object: name,
        field: 'status.conditions[Terminating]',
        value: textOf(reason) ?? '',
        says: textOf(message) ?? '',
      })),
  ];
  const because = instances
    .slice(0, explained)
    .map((instance) => waitsFor(instance, context, 'custom-resources', `a custom resource of ${name}`));
  const says = `${name}: ${instances.length === 0 ? 'the API server still deletes its custom resources' : `${instances.length} of its custom resources ${instances.length === 1 ? 'is' : 'are'} left`}`;
  return [
    {
      kind: 'custom-resources',
      says,
      object: refOf(object),
      stuck: instances.length === 0 && isSlow(deletingSince(object), context),
      evidence,
      remedies: [],
      because: [...conversion, ...because],
    },
  ];
}

/** Every request about a custom resource at another version than it is stored in goes through the conversion. */
export function conversionBlockers(object: KubernetesObject, context: WhyContext): Blocker[] {
  const definition = context.world.crdOf(groupOf(object.apiVersion), object.kind);
  return definition ? deadConversion(definition, context) : [];
}

/** Of kinds whose resources cannot even be listed there, so that nobody sees whether there are any. */
export function unreadableKinds(namespace: string | undefined, context: WhyContext): Blocker[] {
  return context.world
    .ofKind('apiextensions.k8s.io', 'CustomResourceDefinition')
    .filter((definition) => isHidden(context.notSeen, definition.metadata.name, namespace))
    .flatMap((definition) => deadConversion(definition, context));
}

export function deadConversion(definition: KubernetesObject, context: WhyContext): Blocker[] {
  const reference = conversionOf(definition);
  if (reference === undefined) return [];
  const backend = backendOf(reference, context);
  if (backend.state !== 'dead') return [];
  const name = nameOf(definition);
  const field = 'spec.conversion.webhook.clientConfig.service';
  return [
    {
      kind: 'webhook',
      says: `the conversion webhook of ${name} cannot be called, so its custom resources can be neither read nor changed at another version: ${backend.says}`,
      object: refOf(definition),
      stuck: true,
      evidence: [
        {
          object: name,
          field,
          value: `${textOf(fieldAt(reference, 'namespace'))}/${textOf(fieldAt(reference, 'name'))}`,
          says: 'is called for every conversion',
        },
        ...backend.evidence,
      ],
      remedies: backend.remedies,
      because: [],
    },
  ];
}
