import { CONFIG_PATH } from '../config/index.ts';
import { errorMessage, redact } from '../errors/index.ts';
import type { InputReader } from '../runner/index.ts';
import { CONFIG_DEFAULT, type ConfigPlace, parseConfigPlace } from './config-place.ts';

/** The input that says where the configuration is: never in the workspace. What is wrong is left with the reader. */
export function readConfigInput(reader: InputReader, name: string): ConfigPlace {
  const value = reader.text(name);
  try {
    return parseConfigPlace(value);
  } catch (error) {
    reader.reject({
      name,
      value: redact(value),
      why: errorMessage(error).replace(/^configuration "[^"]*": /, ''),
      accepted: `\`OWNER/REPO@COMMIT:PATH\`, the commit with all of its 40 characters; nothing: \`${CONFIG_PATH}\` of the default branch`,
      example: 'octo-org/policies@0123456789abcdef0123456789abcdef01234567:waybill.yml',
    });
    return CONFIG_DEFAULT;
  }
}
