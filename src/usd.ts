/** Money without floats in between: whole billionths of a US dollar. */

const DECIMALS_OF_A_CENT = 7;

/**
 * Anthropic's amounts are cents, as decimal text such as "123.78912" ($1.2378912), or as JSON numbers.
 * @returns billionths of a US dollar; a part of one is rounded, half to even
 * @throws RangeError when it is no decimal number.
 */
export function nanoUsd(cents: string): bigint {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(cents) ?? [];
  if (whole === "") throw new RangeError(`${cents} is no amount`);
  const digits = whole + fraction;
  // Where the point is, counted from the end of the digits.
  const shift = Number(exponent) - fraction.length + DECIMALS_OF_A_CENT;
  const amount = shift >= 0 ? BigInt(digits) * 10n ** BigInt(shift) : rounded(digits, -shift);
  return sign === "-" ? -amount : amount;
}

/** Digits without the last `cut` of them, half to even. */
function rounded(digits: string, cut: number): bigint {
  const divisor = 10n ** BigInt(cut);
  const value = BigInt(digits);
  const quotient = value / divisor;
  const twice = (value % divisor) * 2n;
  const isUp = twice > divisor || (twice === divisor && quotient % 2n === 1n);
  return isUp ? quotient + 1n : quotient;
}
