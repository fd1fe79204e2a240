/** The inner side of a thread that computes answers, one after another. */
import type { MessagePort } from 'node:worker_threads';
import { isCode } from '../../errors.ts';
import { type Admit, answered } from '../admission/answer.ts';
import type { FromWorker, ToWorker } from './messages.ts';

/**
 * @param port to the pool
 * @param admitWith what becomes of a Pod, by what answers depend on besides
 * @param warmUp what to answer a first question by that nobody asked, so that none that counts waits for the code to
 * be compiled
 */
export function serveAnswers<Data>(port: MessagePort, admitWith: (data: Data) => Admit, warmUp: Data): void {
  const send = (message: FromWorker) => port.postMessage(message);
  answered(sample, admitWith(warmUp));
  let admit: Admit | undefined;
  port.on('message', ({ body, data }: ToWorker<Data>) => {
    if (data !== undefined) admit = admitWith(data);
    if (!admit) throw new TypeError('the first question came without data');
    try {
      send({ answered: answered(body, admit, (asked) => send({ asked })) });
    } catch (error) {
      // Anything else ends this thread, and another takes its place.
      if (!isCode(error, 'bad-input')) throw error;
      send({ notAsked: `${error.message}. ${error.advice}` });
    }
  });
  send({ ready: true });
}

const sample = new TextEncoder().encode(
  JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'sample',
      object: {
        metadata: { annotations: { 'share.bookend.dev/web': 'app:/srv -> nginx:/html, nginx:/srv:ro; mode=copy' } },
        spec: { containers: ['app', 'nginx'].map((name) => ({ name, image: name, volumeMounts: [{ name, mountPath: '/x' }] })) },
      },
    },
  }),
);
