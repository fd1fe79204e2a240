/**
 * Answers to questions that manifests ask over and over, such as what `64Mi` means. Both their number and their
 * length are bounded.
 */

const mostAnswers = 4_096;
const longestQuestion = 64;

/** The same function, which answers a short question only once. The answers must not be changed. */
export function remembered<T>(answer: (question: string) => T): (question: string) => T {
  const known = new Map<string, T>();
  return (question) => {
    if (question.length > longestQuestion) return answer(question);
    const found = known.get(question);
    if (found !== undefined || known.has(question)) return found as T;
    const value = answer(question);
    if (known.size >= mostAnswers) known.clear();
    known.set(question, value);
    return value;
  };
}
