import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Given, Subject } from '../../reading/subject.ts';
import { fittingTool } from './fitting-tool.ts';

const subject = (from: Subject['from'], ...objects: Given[]): Subject => ({
  ...{ from, name: 'x', namespace: 'default', objects, hooks: [], crds: [] },
  surroundings: { from: 'supposed', objects: [], notSeen: [] },
});
const given = (metadata: object, source?: string): Given => ({
  object: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a', ...metadata } },
  origin: { file: 'a.yaml', line: 1, ...(source !== undefined && { source }) },
});

test('objects are deleted by who has put them there', () => {
  assert.equal(fittingTool(subject('release', given({})), 'helm3'), 'helm3');
  assert.equal(fittingTool(subject('chart', given({}))), 'helm4');
  assert.equal(fittingTool(subject('namespace', given({}))), 'namespace');
  assert.equal(fittingTool(subject('files', given({}))), 'kubectl');
  assert.equal(fittingTool(subject('files', given({}, 'x/templates/a.yaml'))), 'helm4');
  assert.equal(fittingTool(subject('files', given({}, 'x/templates/a.yaml'), given({}))), 'kubectl');
  assert.equal(fittingTool(subject('files', given({ annotations: { 'argocd.argoproj.io/sync-wave': '1' } }))), 'argocd');
  assert.equal(fittingTool(subject('release', given({ labels: { 'helm.toolkit.fluxcd.io/name': 'x' } }))), 'flux');
});
