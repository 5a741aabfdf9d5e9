/**
 * Collects the answers that a first configuration needs: from options, and from a terminal for the rest.
 *
 * @module
 */

import { resolve } from 'node:path'
import { readReference } from '../../config/secrets.ts'
import { type Answers, mistakesOf, QUESTIONS, type Question, readAnswer } from './questions.ts'
import { Terminal } from './terminal.ts'

/** Options of the command line that answer a question, by flag. */
export type AnswerOptions = Readonly<Record<string, string | readonly string[]>>

/** Answers from options, and a line for every problem with the options. */
export type GivenAnswers = Readonly<{ given: Partial<Answers>; problems: readonly string[] }>

export function answersFrom(options: AnswerOptions): GivenAnswers {
  let given: Partial<Answers> = {}
  const problems: string[] = []
  for (const question of QUESTIONS) {
    const value = options[question.flag]
    if (value === undefined) continue
    try {
      given = { ...given, ...readAnswer(question, textOf(question, value)) }
    } catch (error) {
      problems.push(`${question.flag}: ${error instanceof Error ? error.message : error}`)
    }
  }
  const mistakes = mistakesOf(given).map(({ question, message }) => `${question.flag} ${message}`)
  return { given, problems: [...problems, ...mistakes] }
}

/** Reads the password from a file, because a process list shows arguments. */
function textOf({ isSecret }: Question, value: string | readonly string[]): string {
  const text = [value].flat().join(',')
  return isSecret ? readReference({ file: text }, {}, path => resolve(path)) : text.trim()
}

/**
 * Completes answers without asking. Every address of the service account must be given, because the others could be
 * impersonated.
 *
 * @returns the flags that are missing, if any
 */
export function completeAnswers(given: Partial<Answers>): Answers | readonly string[] {
  const missing: string[] = []
  let answers = given
  for (const question of QUESTIONS) {
    if (question.key in answers) continue
    const suggestion = question.isGuess ? undefined : question.suggestion
    const suggested = suggestion?.(answers)
    if (suggested !== undefined) answers = { ...answers, ...readAnswer(question, suggested) }
    else if (question.isOptional) answers = { ...answers, [question.key]: undefined }
    // Postpones this question: the answer to a missing one can lead to a suggestion for it.
    else if (suggestion === undefined || missing.length === 0) missing.push(question.flag)
  }
  return missing.length > 0 ? missing : (answers as Answers)
}

/** Asks the questions that options don't answer, and repeats each until the answer is valid. */
export async function askFor(given: Partial<Answers>): Promise<Answers> {
  const terminal = new Terminal()
  try {
    let answers = given
    for (const question of QUESTIONS)
      if (!(question.key in given))
        answers = { ...answers, ...(await ask(terminal, question, answers)) }
    return answers as Answers
  } finally {
    terminal.close()
  }
}

async function ask(terminal: Terminal, question: Question, before: Partial<Answers>) {
  const { key, label, help, isOptional, isSecret } = question
  const suggested = question.suggestion?.(before)
  const prompt = `${label}${suggested === undefined ? '' : ` [${suggested}]`}: `
  if (help !== undefined) terminal.say(`\n${help}`)
  for (;;) {
    const typed = isSecret ? await terminal.askHidden(prompt) : await terminal.ask(prompt)
    const text = typed === '' ? (suggested ?? '') : typed
    if (text === '' && isOptional) return { [key]: undefined }
    const answer = readAnswer(question, text)
    const [mistake] = text === '' ? [NO_ANSWER] : mistakesOf({ ...before, ...answer })
    if (mistake === undefined) {
      if (key === 'url' && answer.url !== text) terminal.say(`Using ${answer.url}`)
      return answer
    }
    terminal.say(`The answer ${mistake.message}`)
  }
}

const NO_ANSWER = { message: 'is required' }
