/** One flag or option of a command. */
export interface OptionDefinition {
  type: 'string' | 'boolean'
  short?: string
  multiple?: boolean
  help: string
  /** What a value is called in the help: `--name NAME`. */
  value?: string
}
export type OptionTable = Record<string, OptionDefinition>

type ValueOf<O extends OptionDefinition> = O extends { type: 'boolean' } ? boolean : O extends { multiple: true } ? string[] : string
export type Values<T extends OptionTable> = { [K in keyof T]?: ValueOf<T[K]> }

export interface Input<T extends OptionTable> {
  options: Values<T>
  positionals: string[]
  /** `--json` was given. */
  json: boolean
}

export interface Command<T extends OptionTable = OptionTable> {
  /** As typed: `model promote`. */
  name: string
  summary: string
  /** Positional arguments as the help shows them: `MODEL IMAGE..`. */
  usage: string
  /** How many positional arguments. */
  least: number
  most: number
  options: T
  example: string
  /** More for the help, where the summary does not say it all. */
  details?: string
  /** Prints data, hence has `--json`. */
  printsData: boolean
  /** Everything after the name belongs to the program that it starts. */
  passesOn?: boolean
  /** @returns the exit status; nothing is 0 */
  run: (input: Input<T>) => Promise<number | undefined>
}

/** Keeps the types of a command's options for its `run`. What is heavy is imported within `run`: `--help` needs none of it. */
export function defineCommand<const T extends OptionTable>(command: Command<T>): Command {
  return command as unknown as Command
}
