/** Caches answers to frequent questions, such as the meaning of `64Mi`. Number and length are limited. */

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
