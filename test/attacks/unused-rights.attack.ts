/**
 * Least rights, measured: every right in the operator's roles was used, as the API server's audit log of the stages
 * before and of a whole life with an uninstall shows, or an exception below explains it; and none of them is a
 * wildcard. The last file of the stage: it removes Bookend.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { listOf, mapOf, textsOf } from '../../src/objects/fields.ts';
import { idOf, type ObjectId } from '../../src/objects/identity.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { residueSince, snapshot } from '../../tools/lab/residue.ts';
import { access, inOne, workloadOf } from '../e2e/objects.ts';
import { sharingPod } from '../e2e/pod-stream.ts';
import { bringUp, operatorNamespace } from '../e2e/support.ts';
import { type AuditEvent, auditEvents } from './audit.ts';
import { platformOperator, useAttacked } from './support.ts';

/** `verb group/resource`: why it is there although no test of a healthy cluster needs it. */
const exceptions: Readonly<Record<string, string>> = {
  'create /secrets':
    'server-side apply asks for it beside patch when somebody has deleted the Secret; the audit log has the patch only',
  'create coordination.k8s.io/leases': 'the chart brings the Lease; the operator makes it again only if somebody deleted it',
};

type Right = { verb: string; group: string; resource: string; names: string[]; namespace: string | undefined; role: string };

describe('The rights of Bookend’s own accounts', () => {
  const attacked = useAttacked('unused-rights');
  const { namespace } = attacked;
  let rights: Right[] = [];

  test('none of them is a wildcard', async () => {
    rights = await rightsOfTheRelease();
    assert.ok(rights.length > 10, 'the release has roles');
    const wild = rights.filter(({ verb, group, resource }) => [verb, group, resource].includes('*'));
    assert.deepEqual(wild.map(textOfRight), []);
  });

  test('a whole life and an uninstall leave nothing behind', async () => {
    const name = 'e2e-last';
    await attacked.cluster.create(sharingPod('e2e-sharing', namespace), { dryRun: true });
    const objects = [...access(name, namespace), workloadOf(name, { kind: 'Deployment' })];
    await bringUp(attacked, platformOperator(name, namespace, inOne(...objects)));
    const ofTheRelease = new Set((await manifestOfTheRelease()).map(idOf));
    assert.ok(ofTheRelease.size > 20, 'the release has objects');
    // The hook deletes the ClusterOperator, then the chart goes.
    await attacked.lab.run('helm4', ['uninstall', 'bookend', '-n', operatorNamespace, '--wait']);
    const left = [...(await snapshot(attacked.cluster))].filter(
      (id) => ofTheRelease.has(id as ObjectId) || (/bookend-hook/.test(id) && !/^Event/.test(id)),
    );
    assert.deepEqual(left, []);
    const named = (await residueSince(attacked.cluster, new Set())).filter((id) => id.includes(`/${name}`));
    assert.deepEqual(named, []);
  });

  test('each was used, or an exception says why it is there', async (context) => {
    const { local } = attacked.lab;
    if (local === undefined) return context.diagnostic('not our cluster: what its API server was asked is written down nowhere');
    const events = auditEvents(attacked.lab);
    assert.ok(
      events && events.length > 0,
      'the cluster was started without an audit log: take it down and start it again (npm run cluster -- down, up)',
    );
    const asked = events.map(usedBy);
    const unused = rights.filter((right) => !asked.some((use) => covers(right, use)));
    const unexplained = unused.filter((right) => exceptions[keyOf(right)] === undefined);
    assert.deepEqual(unexplained.map(textOfRight), [], 'nobody used these');
    const idle = Object.keys(exceptions).filter((key) => !rights.some((right) => keyOf(right) === key));
    assert.deepEqual(idle, [], 'these exceptions explain nothing');
  });

  async function manifestOfTheRelease(): Promise<KubernetesObject[]> {
    const { stdout } = await attacked.lab.run('helm4', ['get', 'manifest', 'bookend', '-n', operatorNamespace]);
    return parseAllDocuments(stdout).flatMap((each) => (each.toJS() as KubernetesObject | null) ?? []);
  }

  /**
   * What the roles of the operator grant; the deployer's are what the platform gives it, and the hook's exist only
   * while it runs.
   */
  async function rightsOfTheRelease(): Promise<Right[]> {
    const objects = await manifestOfTheRelease();
    return objects.flatMap((object) => {
      if (object.kind !== 'Role' && object.kind !== 'ClusterRole') return [];
      if (object.metadata.labels?.['app.kubernetes.io/component'] === 'deployer') return [];
      return listOf(object.rules)
        .map(mapOf)
        .flatMap((rule) => rightsOf(object, rule));
    });
  }
});

function rightsOf({ kind, metadata }: KubernetesObject, rule: Record<string, unknown>): Right[] {
  const namespace = kind === 'Role' ? (metadata.namespace ?? operatorNamespace) : undefined;
  const role = `${kind} ${metadata.name}`;
  const names = textsOf(rule.resourceNames);
  return textsOf(rule.apiGroups).flatMap((group) =>
    textsOf(rule.resources).flatMap((resource) =>
      textsOf(rule.verbs).map((verb) => ({ verb, group, resource, names, namespace, role })),
    ),
  );
}

type Use = { verb: string; group: string; resource: string; namespace: string; name: string };

/** What the account itself needed a right for: acting as somebody else is one, what is then done is the other's. */
function usedBy({ verb, objectRef = {}, impersonatedUser }: AuditEvent): Use {
  if (impersonatedUser) {
    const [, , namespace = '', name = ''] = impersonatedUser.username.split(':');
    return { verb: 'impersonate', group: '', resource: 'serviceaccounts', namespace, name };
  }
  const { apiGroup: group = '', resource = '', subresource, namespace = '', name = '' } = objectRef;
  return { verb, group, resource: subresource ? `${resource}/${subresource}` : resource, namespace, name };
}

function covers(right: Right, use: Use): boolean {
  if (right.verb !== use.verb || right.group !== use.group || right.resource !== use.resource) return false;
  if (right.namespace !== undefined && right.namespace !== use.namespace) return false;
  return right.names.length === 0 || right.names.includes(use.name);
}

function keyOf({ verb, group, resource }: Right): string {
  return `${verb} ${group}/${resource}`;
}

function textOfRight(right: Right): string {
  return `${right.role}: ${keyOf(right)}${right.names.length > 0 ? ` (${right.names.join(', ')})` : ''}`;
}
