import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readCommand } from './command-line.ts';

const read = (text: string) => readCommand(text.split(' '));

describe('a printed command can be run as it stands', () => {
  for (const text of [
    'kubectl delete pods/a -n shop --wait=false',
    'kubectl delete pod/a -n shop --grace-period=0 --force',
    'kubectl patch widgets.example.com/one -n shop --type=json -p []',
    'kubectl label nodes/worker example.com/ready-',
    'kubectl annotate pod a b one=1 two- -n shop --overwrite',
    'kubectl logs deployment/runner -n ops -c manager --tail=100',
    'kubectl wait --for=delete pod/a -n shop --timeout=30s',
    'kubectl rollout restart deployments.apps/runner -n ops',
    'kubectl create serviceaccount runner -n ops',
    'kubectl auth can-i delete secrets -n shop --as system:serviceaccount:ops:runner',
    'helm rollback web 3 -n shop',
    'bookend preview web -n shop',
    'bookend preview -f a.yaml -f more -R --live -n shop',
  ])
    test(text, () => assert.equal(typeof read(text), 'object'));

  for (const [text, why] of [
    ['kubectl delete pods/a --all -n shop', 'names cannot be combined with --all or a selector'],
    ['kubectl delete pods', 'which pods? Neither a name nor --all is given'],
    ['kubectl delete pods --all', 'only the current namespace is meant'],
    ['kubectl delete pod/a -n shop --force', '--force takes --grace-period=0'],
    ['kubectl delete pod/a -n shop --quickly', 'kubectl delete: there is no flag --quickly'],
    ['kubectl patch widgets/one -n shop', 'there is no patch'],
    ['kubectl scale deployments.apps/web -n shop', 'how many replicas is not said'],
    ['kubectl rollout undo deployments.apps/web', '"undo" is not known here'],
    ['kubectl create serviceaccount', 'serviceaccount of what is not said'],
    ['helm rollback web', 'the revision is not said'],
    ['bookend preview web -f a.yaml --live', 'names files and something else'],
    ['kubectl label nodes/worker', 'what is changed is not said'],
    ['kubectl label nodes example.com/ready-', 'which nodes? Neither a name nor --all is given'],
    ['kubectl label nodes example.com/ready- worker', '"worker" stands behind the changes'],
    ['kubectl annotate pod/a a=1 a- -n shop', 'a is set and removed in the same command'],
    ['kubectl annotate pod/a a/b/c- -n shop', '"a/b/c" is no key of a label or annotation'],
    ['kubectl explode', 'kubectl has no verb "explode" that is known here'],
  ] as const)
    test(`${text}: ${why}`, () => assert.equal(read(text), why));
});
