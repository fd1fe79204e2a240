/** How sure it is that something serves, calls or needs something. */
export type Confidence = 'certain' | 'likely' | 'possible';
