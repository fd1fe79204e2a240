import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { kubectlCalls } from './kubectl-calls.ts';

const call = (script: string) => {
  const [{ verb, types, names, namespace, hidesRefusal, mayFail } = none] = kubectlCalls(script);
  return {
    verb,
    types,
    names,
    ...(namespace !== undefined && { namespace }),
    ...(hidesRefusal && { hidesRefusal }),
    ...(mayFail && { mayFail }),
  };
};
const none = { verb: '', types: [], names: [], namespace: undefined, hidesRefusal: false, mayFail: false };

describe('the kubectl calls of a script', () => {
  test('run only behind a look for the same object where the script says so', () => {
    const isAfterLook = (script: string) => kubectlCalls(script).some((each) => each.isAfterLook === true);
    for (const script of [
      'if kubectl get crd a.example.com >/dev/null 2>&1; then kubectl delete crd a.example.com; fi',
      'kubectl -n shop get secret token && kubectl -n shop delete secret token',
    ])
      assert.ok(isAfterLook(script), script);
    for (const script of [
      'kubectl get secret token; kubectl delete secret token',
      'kubectl get secret token || kubectl delete secret token',
      'if kubectl get secret other; then kubectl delete secret token; fi',
    ])
      assert.ok(!isAfterLook(script), script);
  });

  test('are left in the background where nothing waits for them', () => {
    const isLeft = (script: string) => kubectlCalls(script).some((each) => each.isInBackground === true);
    for (const script of [
      'kubectl delete secret token &',
      'wait; kubectl delete secret token & exit 0',
      '(sleep 1; kubectl delete secret token) &',
      "sh -c 'kubectl delete secret token &'; wait",
    ])
      assert.ok(isLeft(script), script);
    for (const script of [
      'kubectl delete secret token && echo gone',
      'kubectl delete secret token & wait',
      'kubectl delete secret token & pid=$!; sleep 1; wait $pid',
      'kubectl delete secret token & pid=$!; while kill -0 $pid; do sleep 1; done',
      'sleep 5 & kubectl delete secret token',
    ])
      assert.ok(!isLeft(script), script);
  });

  test('are read with their kinds, names and namespaces', () => {
    assert.deepEqual(call('kubectl delete crd a.example.com b.example.com'), {
      verb: 'delete',
      types: ['crd'],
      names: ['a.example.com', 'b.example.com'],
    });
    assert.deepEqual(call('/usr/bin/kubectl -n shop delete deploy/web'), {
      verb: 'delete',
      types: ['deploy'],
      names: ['web'],
      namespace: 'shop',
    });
    assert.deepEqual(call('kubectl get pods,services -A -o name'), {
      verb: 'get',
      types: ['pods', 'services'],
      names: [],
      namespace: '*',
    });
    assert.deepEqual(call('kubectl delete widgets --all --namespace=$NS'), {
      verb: 'delete',
      types: ['widgets'],
      names: [],
      namespace: '?',
    });
    assert.deepEqual(call('kubectl delete \\\n  widgets -l "a=b, c"'), { verb: 'delete', types: ['widgets'], names: [] });
    assert.deepEqual(call('kubectl rollout status deploy/web'), { verb: 'rollout status', types: ['deploy'], names: ['web'] });
  });

  test('are all found: several on a line, in substitutions and conditions', () => {
    const verbs = (script: string) => kubectlCalls(script).map(({ verb, types }) => `${verb} ${types.join()}`);
    assert.deepEqual(verbs('kubectl delete crd a; kubectl delete crd b && kubectl get ns'), [
      'delete crd',
      'delete crd',
      'get ns',
    ]);
    assert.deepEqual(verbs('if [ -z "$(kubectl get ns)" ]; then kubectl delete pv x; fi'), ['get ns', 'delete pv']);
    assert.deepEqual(verbs('# kubectl delete ns a\necho kubectlish'), []);
  });

  test('are read with the words that the script itself puts into variables and loops', () => {
    const named = (script: string) =>
      kubectlCalls(script).map(({ types, names, namespace }) => [types.join(), names.join(), namespace]);
    assert.deepEqual(named('for crd in a.example.com b.example.com; do kubectl delete crd "$crd"; done'), [
      ['crd', 'a.example.com', undefined],
      ['crd', 'b.example.com', undefined],
    ]);
    assert.deepEqual(
      named('NS=shop; export KINDS="widgets gadgets"\nfor kind in $KINDS; do kubectl -n ${NS} delete $kind --all; done'),
      [
        ['widgets', '', 'shop'],
        ['gadgets', '', 'shop'],
      ],
    );
    assert.deepEqual(named('CRDS="a b"; kubectl delete crd $CRDS'), [['crd', 'a,b', undefined]]);
  });

  test('are not guessed where a variable may be another', () => {
    const places = (script: string) => kubectlCalls(script).map(({ namespace }) => namespace);
    assert.deepEqual(places('NS=a; if [ -f b ]; then NS=b; fi; kubectl -n $NS get pods'), ['?']);
    assert.deepEqual(places('NS=a; if true; then NS=b; fi; kubectl -n $NS get pods'), ['b']);
    assert.deepEqual(places('NS=$(cat ns); kubectl -n $NS get pods'), ['?']);
    assert.deepEqual(places("NS=a; kubectl -n '$NS' get pods"), ['?']);
    assert.deepEqual(places('for ns in $(kubectl get ns -o name); do kubectl -n $ns get pods; done'), [undefined, '?']);
  });

  test('that are hidden behind a variable have no kind', () => assert.deepEqual(call('kubectl delete $KIND x').types, []));

  test('hide a refusal when their errors are thrown away and their output is counted or tested', () => {
    const hides = (script: string) => kubectlCalls(script).some(({ hidesRefusal }) => hidesRefusal);
    assert.ok(hides('kubectl get widgets 2>/dev/null | wc -l'));
    assert.ok(hides('while [ "$(kubectl get widgets -A 2>/dev/null | wc -l)" -gt 0 ]; do sleep 1; done'));
    assert.ok(hides('if kubectl get crd widgets.example.com &>/dev/null; then echo there; fi'));
    assert.ok(hides('while kubectl get widget main >/dev/null 2>&1; do sleep 1; done'));
    assert.ok(hides('until ! kubectl get widget main &>/dev/null; do sleep 1; done'));
    assert.ok(hides('until [ -z "$(kubectl get widgets -A 2>/dev/null)" ]; do sleep 1; done'));
    assert.ok(!hides('kubectl get widgets | wc -l'));
    assert.ok(!hides('kubectl delete widgets --all 2>/dev/null'));
  });

  test('hide no refusal where a loop waits for a success', () => {
    const hides = (script: string) => kubectlCalls(script).some(({ hidesRefusal }) => hidesRefusal);
    assert.ok(!hides('until kubectl get widgets -A 2>&1 | grep -q "No resources"; do sleep 1; done'));
    assert.ok(!hides('until kubectl get crd widgets.example.com >/dev/null 2>&1; do sleep 1; done'));
    assert.ok(!hides('while ! kubectl get widgets -A 2>/dev/null | grep -q main; do sleep 1; done'));
  });

  test('delete nothing when they only try', () => {
    for (const flag of ['--dry-run', '--dry-run=client', '--dry-run=server'])
      assert.deepEqual(call(`kubectl delete widgets --all ${flag}`).verb, 'get', flag);
    assert.deepEqual(call('kubectl delete widgets --all --dry-run=none').verb, 'delete');
  });

  test('are none where the text is only printed, or is data', () => {
    assert.deepEqual(kubectlCalls('echo "now run: kubectl delete crd a"; printf "kubectl get ns"'), []);
    assert.deepEqual(kubectlCalls('cat <<EOF > notes\nkubectl delete crd a\nEOF\n'), []);
  });

  test('are found behind other programs, in functions, and in scripts within', () => {
    const types = (script: string) => kubectlCalls(script).flatMap((each) => each.types);
    assert.deepEqual(types('timeout 60 kubectl delete widgets --all'), ['widgets']);
    assert.deepEqual(types('clean() { kubectl delete "$1" --all; kubectl delete pods --all; }\nclean crd'), ['crd', 'pods']);
    assert.deepEqual(types("trap 'kubectl delete widgets --all' EXIT\nkubectl get ns"), ['widgets', 'ns']);
    assert.deepEqual(types('k=kubectl; $k delete widgets --all'), ['widgets']);
    assert.deepEqual(types('kinds=(widgets gadgets); for k in "${kinds[@]}"; do kubectl delete "$k" --all; done'), [
      'widgets',
      'gadgets',
    ]);
    assert.deepEqual(types('K="kubectl -n shop"; $K delete widgets --all'), ['widgets']);
    assert.deepEqual(types("bash -ec 'kubectl delete widgets --all; kubectl get ns'"), ['widgets', 'ns']);
    assert.deepEqual(types('for each in $(kubectl get ns -o name); do kubectl delete secrets -n x --all; done'), [
      'ns',
      'secrets',
    ]);
  });

  test('are those of the branches that the script can reach', () => {
    const types = (script: string) => kubectlCalls(script).flatMap((each) => each.types);
    for (const script of [
      'if [ "false" = "true" ]; then kubectl delete widgets --all; fi',
      'ON=false; if [[ "$ON" == "true" || -z "$ON" ]]; then kubectl delete widgets --all; fi',
      'if [ "x" != "x" ]; then :; elif false; then kubectl delete widgets --all; fi',
      'if true; then :; else kubectl delete widgets --all; fi',
      '[ "false" = "true" ] && kubectl delete widgets --all',
      '[ "false" = "true" ] || exit 0; kubectl delete widgets --all',
      'exit 0\nkubectl delete widgets --all',
      'exec sleep 1\nkubectl delete widgets --all',
      'case keep in purge) kubectl delete widgets --all ;; keep|no) : ;; esac',
      'case keep in purge) kubectl delete widgets --all ;; esac',
      'clean() { kubectl delete widgets --all; }',
      'clean() { return 0; kubectl delete widgets --all; }; clean',
    ])
      assert.deepEqual(types(script), [], script);
    for (const script of [
      'if [ "$ON" = "true" ]; then kubectl delete widgets --all; fi',
      'if [ "true" = "true" ]; then kubectl delete widgets --all; else exit 0; fi',
      'if [ "$ON" = "true" ]; then exit 0; fi; kubectl delete widgets --all',
      '[ "$ON" = "true" ] || exit 0; kubectl delete widgets --all',
      '(exit 0); kubectl delete widgets --all',
      'exec > log 2>&1; kubectl delete widgets --all',
      'x=$(exit 1); kubectl delete widgets --all',
      'case "$MODE" in purge) kubectl delete widgets --all ;; *) exit 0 ;; esac',
      'case purge in p*) kubectl delete widgets --all ;; *) exit 0 ;; esac',
      'clean() { kubectl delete widgets --all; }; trap clean EXIT',
      'k() { kubectl --request-timeout=9s "$@"; }; k delete widgets --all',
      'retry() { "$@" || { sleep 1; "$@"; }; }; retry kubectl delete widgets --all',
      'stop() { return 0; }; stop; kubectl delete widgets --all',
    ])
      assert.deepEqual(types(script), ['widgets'], script);
  });

  test('may fail where the script goes on', () => {
    const forgiven = (script: string) => kubectlCalls(script).map(({ mayFail }) => mayFail);
    assert.deepEqual(forgiven('if kubectl get crd a; then kubectl delete crd a; fi'), [true, false]);
    assert.deepEqual(forgiven('{ kubectl delete a b\n kubectl delete c d; } ||\n  true'), [true, true]);
    assert.deepEqual(forgiven('kubectl get pods -o name | xargs kubectl delete'), [true, false]);
    assert.deepEqual(forgiven('set -o pipefail; kubectl get pods -o name | xargs kubectl delete'), [false, false]);
    assert.deepEqual(forgiven('names=$(kubectl get pods -o name); echo $(kubectl get ns)'), [false, true]);
    assert.deepEqual(forgiven('set +e; kubectl delete a b; set -e; kubectl delete c d'), [true, false]);
    assert.deepEqual(forgiven('set +e; kubectl delete a b; kubectl delete c d'), [true, false]);
    assert.deepEqual(forgiven('set +e; kubectl delete a b; kubectl delete c d; exit 0'), [true, true]);
    assert.equal(call('kubectl delete ns a || true').mayFail, true);
    assert.equal(call('kubectl delete ns a || exit 1').mayFail, undefined);
  });
});
