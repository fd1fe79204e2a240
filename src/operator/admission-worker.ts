/**
 * The program of a thread that computes answers of the webhook. It has an entry of its own in the bundle: see
 * `tools/image/bundle.ts`.
 */
import { parentPort } from 'node:worker_threads';
import { mapOf } from '../objects/fields.ts';
import { admit } from '../webhook/admission/admit.ts';
import { serveAnswers } from '../webhook/workers/serve.ts';
import { type AdmissionData, settingsFor } from './admission-settings.ts';

if (parentPort) {
  const warmUp: AdmissionData = { seedImage: 'seed', imageVolumes: { always: { known: false, reason: 'not read yet' } } };
  serveAnswers(parentPort, (data: AdmissionData) => (pod) => admit(pod, settingsFor(data, mapOf(pod.spec))), warmUp);
}
