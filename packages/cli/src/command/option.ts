interface Described {
  /** One line for `--help`, a clause without a full stop. */
  readonly help: string;
  /** One letter. */
  readonly short?: string;
}

/** `--name`; absent is false. */
export interface FlagOption extends Described {
  readonly type: 'flag';
}

/** `--name VALUE`; absent, and without a default, it is undefined. */
export interface TextOption extends Described {
  readonly type: 'text';
  /** What stands for the value in help, upper case. */
  readonly value: string;
  readonly default?: string;
}

/** `--name VALUE`, any number of times, in order. */
export interface ListOption extends Described {
  readonly type: 'list';
  readonly value: string;
}

/** `--name N`, a whole number within these bounds. */
export interface IntegerOption extends Described {
  readonly type: 'integer';
  readonly value: string;
  readonly min: number;
  readonly max: number;
  readonly default: number;
}

/** `--name WORD`, one of a list. */
export interface ChoiceOption<Word extends string = string> extends Described {
  readonly type: 'choice';
  readonly choices: readonly Word[];
  /** Undefined: there is none, and an absent option is undefined. */
  readonly default: Word | undefined;
}

export type Option = FlagOption | TextOption | ListOption | IntegerOption | ChoiceOption;

/** The options of a verb, by their names without the dashes. */
export type Options = Readonly<Record<string, Option>>;

/** What is read of an option. */
export type ValueOf<O extends Option> = O extends FlagOption
  ? boolean
  : O extends ListOption
    ? readonly string[]
    : O extends IntegerOption
      ? number
      : O extends ChoiceOption<infer Word>
        ? O['default'] extends undefined
          ? Word | undefined
          : Word
        : O extends { readonly default: string }
          ? string
          : string | undefined;

export type Values<O extends Options> = { readonly [Name in keyof O]: ValueOf<O[Name]> };

/** What stands on the command line without a name. */
export interface Positional {
  /** Upper case. */
  readonly name: string;
  readonly help: string;
  readonly required: boolean;
  /** All that is left; only of the last. */
  readonly rest?: true;
}
