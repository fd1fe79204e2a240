import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BookendError } from '../errors.ts';
import { readManifest } from './read-manifest.ts';

const head = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n';
const refused = (text: string, line: number) =>
  assert.throws(
    () => readManifest(text, 'a.yaml'),
    (error) => error instanceof BookendError && error.message.startsWith(`a.yaml:${line}: this is an unrendered template: {{`),
    text,
  );

describe('manifests that people hand in', () => {
  test('a template that is not rendered is refused with its line, whether it happens to be YAML or not', () => {
    refused(`${head}  name: {{ .Release.Name }}\n`, 4);
    refused(`${head}  name: {{ include "x" . }}-a\n`, 4);
    refused(`# {{ a comment }}\n{{- if .Values.on }}\n${head}  name: a\n{{- end }}\n`, 2);
    refused(`${head}  name: "{{ .Release.Name }}"\n`, 4);
    refused(`${head}  name: a\n  labels:\n    {{- include "x" . | nindent 4 }}\n`, 6);
    refused(`${head}  name: first\n---\n${head}  name: b\nspec:\n  replicas: {{ .Values.replicas }}\n`, 11);
  });

  test('braces in texts are left alone', () => {
    const text = `${head}  name: a\n  annotations: {summary: "{{ $labels.pod }} is down"}\ndata:\n  board: |\n    {{ legend }}\n`;
    assert.equal(readManifest(text, 'a.yaml').length, 1);
  });

  test('what is broken for another reason keeps its own words', () => {
    assert.throws(() => readManifest('kind: [\n', 'a.yaml'), /a\.yaml:\d+: (?!this is a template)/);
  });
});
