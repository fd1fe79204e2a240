/**
 * A stand-in for anybody's webhook: a Deployment with a Service and a certificate, that refuses what it is told to and
 * allows everything else.
 */

import type { KubernetesObject } from '../../src/objects/object.ts';
import { issue } from '../../src/webhook/certificate/issue.ts';
import { image } from '../e2e/objects.ts';
import { global, object } from './objects.ts';

const tokens = { authority: 'CA-BUNDLE', certificate: 'TLS-CERTIFICATE', key: 'TLS-KEY' };

/** Puts the certificate of the Service `hooks` of that namespace in the place of the tokens. */
export function withCertificates(text: string, namespace: string): string {
  if (!text.includes(tokens.authority)) return text;
  const made = issue({ names: [`hooks.${namespace}.svc`], now: Date.now(), validityMs: 3_600_000 });
  let result = text;
  for (const [field, token] of Object.entries(tokens))
    result = result.replaceAll(token, Buffer.from(made[field as keyof typeof tokens]).toString('base64'));
  return result;
}

/** What a webhook's `clientConfig` says of it. */
export const clientConfig = { caBundle: tokens.authority, service: { namespace: 'NS', name: 'hooks', path: '/admit' } };

/** @param refuses operations that it refuses, with "still needed" */
export function webhookServer(...refuses: string[]): KubernetesObject[] {
  const labels = { app: 'hooks' };
  const script = `
    const { readFileSync } = require('node:fs');
    const tls = { cert: readFileSync('/tls/certificate'), key: readFileSync('/tls/key') };
    require('node:https').createServer(tls, async (request, response) => {
      let text = ''; for await (const part of request) text += part;
      const review = text === '' ? {} : JSON.parse(text);
      if (review.kind === 'ConversionReview') {
        const convertedObjects = review.request.objects.map((each) => ({ ...each, apiVersion: review.request.desiredAPIVersion }));
        response.end(JSON.stringify({ ...review, response: { uid: review.request.uid, result: { status: 'Success' }, convertedObjects } }));
        return;
      }
      const allowed = !${JSON.stringify(refuses)}.includes(review.request?.operation);
      response.end(JSON.stringify({ ...review, response: { uid: review.request?.uid, allowed, ...(allowed ? {} : { status: { message: 'still needed' } }) } }));
    }).listen(8443);
    process.on('SIGTERM', () => process.exit(0));`;
  const readiness = { tcpSocket: { port: 8443 }, periodSeconds: 1 };
  return [
    object('v1', 'Secret', 'hooks', { data: { certificate: tokens.certificate, key: tokens.key } }),
    object('v1', 'Service', 'hooks', { spec: { selector: labels, ports: [{ port: 443, targetPort: 8443 }] } }),
    object('apps/v1', 'Deployment', 'hooks', {
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 5,
            volumes: [{ name: 'tls', secret: { secretName: 'hooks' } }],
            containers: [
              {
                name: 'hooks',
                image,
                command: ['/usr/bin/node', '-e', script],
                readinessProbe: readiness,
                volumeMounts: [{ name: 'tls', mountPath: '/tls' }],
                resources: { requests: { cpu: '1m', memory: '16Mi' } },
              },
            ],
          },
        },
      },
    }),
  ];
}

/** A Service that no Pod stands behind. */
export const emptyService = object('v1', 'Service', 'hooks', {
  spec: { selector: { app: 'nobody' }, ports: [{ port: 443, targetPort: 8443 }] },
});

type Rule = { operations: string[]; apiGroups?: string[]; resources: string[]; scope?: string };

/** One webhook of a configuration, for this scenario's namespace alone. */
export function hook(name: string, rule: Rule, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: `${name}.NS.example.com`,
    clientConfig,
    rules: [{ apiGroups: [''], apiVersions: ['*'], ...rule }],
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'NS' } },
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    failurePolicy: 'Fail',
    timeoutSeconds: 3,
    ...more,
  };
}

export function configuration(kind: 'Validating' | 'Mutating', ...webhooks: Record<string, unknown>[]): KubernetesObject {
  return global('admissionregistration.k8s.io/v1', `${kind}WebhookConfiguration`, 'NS-hooks', { webhooks });
}

export const configurationRef = (kind: 'Validating' | 'Mutating') => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: `${kind}WebhookConfiguration`,
  name: 'NS-hooks',
});
