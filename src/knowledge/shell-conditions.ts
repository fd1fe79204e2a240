/**
 * How a condition of a shell script ends, where the script itself says it: comparisons of words that are known, as
 * templates leave them (`if [ "false" = "true" ]`).
 */
import type { AndOr, CompoundList, Pipeline, PipelineNode, Statement, SyntaxNode, TestExpression, Word } from 'unbash';
import { isKnown, type ShellVariables } from './shell-variables.ts';

/** @returns undefined where it is only known when the script runs. */
export function endOf(node: SyntaxNode, variables: ShellVariables): boolean | undefined {
  switch (node.type) {
    case 'CompoundList':
      return ofList(node, variables);
    case 'Statement':
      return node.background ? undefined : endOf(node.command, variables);
    case 'Pipeline':
      return ofPipeline(node, variables);
    case 'AndOr':
      return ofAndOr(node, variables);
    case 'TestCommand':
      return ofTest(node.expression, variables);
    case 'Command': {
      const words = [node.name, ...node.args].filter((word) => word?.type === 'Word');
      return ofCommand(words, variables);
    }
    default:
      return undefined;
  }
}

/** Whether the command behind an operator of a list runs, after one that ended so. */
export function runsAfter(operator: AndOr['operators'][number], end: boolean | undefined): boolean | undefined {
  return end === undefined ? undefined : (operator === '&&') === end;
}

function ofList({ commands }: CompoundList, variables: ShellVariables): boolean | undefined {
  const [only, ...others] = commands as readonly [Statement?, ...Statement[]];
  return only === undefined || others.length > 0 ? undefined : endOf(only, variables);
}

function ofPipeline({ commands, prefixes }: Pipeline, variables: ShellVariables): boolean | undefined {
  const [only, ...others] = commands;
  const end = only === undefined || others.length > 0 ? undefined : endOf(only, variables);
  const isNegated = prefixes.filter(({ type }) => type === 'Negation').length % 2 === 1;
  return end === undefined ? undefined : end !== isNegated;
}

function ofAndOr({ commands, operators }: AndOr, variables: ShellVariables): boolean | undefined {
  const [first, ...others] = commands as readonly [PipelineNode, ...PipelineNode[]];
  return others.reduce<boolean | undefined>(
    (before, each, index) => {
      const operator = operators[index] ?? '&&';
      const runs = runsAfter(operator, before);
      if (runs === false) return before;
      const end = endOf(each, variables);
      if (runs === true) return end;
      return operator === '&&' ? (end === false ? false : undefined) : end === true ? true : undefined;
    },
    endOf(first, variables),
  );
}

function ofCommand([program, ...words]: readonly Word[], variables: ShellVariables): boolean | undefined {
  switch (program?.value) {
    case 'true':
    case ':':
      return true;
    case 'false':
      return false;
    case '[':
      return words.at(-1)?.value === ']' ? ofWords(words.slice(0, -1), variables) : undefined;
    case 'test':
      return ofWords(words, variables);
    default:
      return undefined;
  }
}

/** `"$A" = true`, `-n "$A"`, `! -z "$A"`, and no more. */
function ofWords(words: readonly Word[], variables: ShellVariables): boolean | undefined {
  const [first, second, third, ...others] = words;
  if (first?.value === '!') return opposite(ofWords(words.slice(1), variables));
  if (first === undefined || others.length > 0) return undefined;
  if (third !== undefined && second !== undefined) return compared(first, second.value, third, variables);
  return second === undefined ? undefined : ofOne(first.value, second, variables);
}

function ofTest(expression: TestExpression, variables: ShellVariables): boolean | undefined {
  switch (expression.type) {
    case 'TestBinary':
      return compared(expression.left, expression.operator, expression.right, variables);
    case 'TestUnary':
      return ofOne(expression.operator, expression.operand, variables);
    case 'TestNot': {
      const end = ofTest(expression.operand, variables);
      return expression.negations.length % 2 === 1 ? opposite(end) : end;
    }
    case 'TestGroup':
      return ofTest(expression.expression, variables);
    case 'TestLogical': {
      const ends = expression.operands.map((each) => ofTest(each, variables));
      const settles = expression.operator === '||';
      if (ends.includes(settles)) return settles;
      return ends.includes(undefined) ? undefined : !settles;
    }
  }
}

function compared(left: Word, operator: string, right: Word, variables: ShellVariables): boolean | undefined {
  const [a, b] = [knownWord(left, variables), knownWord(right, variables)];
  if (a === undefined || b === undefined) return undefined;
  if (operator === '=' || operator === '==') return a === b;
  return operator === '!=' ? a !== b : undefined;
}

function ofOne(operator: string, operand: Word, variables: ShellVariables): boolean | undefined {
  const word = knownWord(operand, variables);
  if (word === undefined) return undefined;
  return operator === '-z' ? word === '' : operator === '-n' ? word !== '' : undefined;
}

/** What the shell makes of a word, where that is one word and stands in the script. */
export function knownWord(word: Word, variables: ShellVariables): string | undefined {
  const [only, ...others] = variables.expand(word, false);
  return only !== undefined && others.length === 0 && isKnown(only) ? only : undefined;
}

function opposite(end: boolean | undefined): boolean | undefined {
  return end === undefined ? undefined : !end;
}
