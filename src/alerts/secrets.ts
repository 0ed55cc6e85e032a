import { UserError } from "../errors.ts";

/**
 * A text of the settings with `${NAME}` replaced by what the environment has.
 * @throws UserError when it has nothing of that name.
 */
export function fromEnvironment(text: string): string {
  return text.replaceAll(/\$\{([A-Za-z_]\w*)\}/g, (_, name: string) => {
    const value = process.env[name];
    if (!value) throw new UserError(`The environment has no ${name}; set it where ccbooks runs`);
    return value;
  });
}
