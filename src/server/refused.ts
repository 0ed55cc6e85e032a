/** A request that is not answered as it was asked: a status, and a sentence that says what to do. */
export class Refused extends Error {
  readonly status: 400 | 401 | 403 | 413 | 415 | 421 | 429;
  /** What else the answer says, such as which record and field are wrong. */
  readonly more: Record<string, unknown>;

  constructor(status: Refused["status"], message: string, more: Record<string, unknown> = {}) {
    super(message);
    this.status = status;
    this.more = more;
  }
}
