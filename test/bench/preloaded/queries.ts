import { writeSync } from "node:fs";

import Database from "better-sqlite3";

// Loaded before a program that is measured: writes the time spent inside SQLite, in milliseconds, to
// descriptor 3.

let spent = 0;
let depth = 0;

function timed<This, Args extends unknown[], Result>(
  method: (this: This, ...args: Args) => Result,
): (this: This, ...args: Args) => Result {
  return function (...args) {
    const start = performance.now();
    depth += 1;
    try {
      return method.apply(this, args);
    } finally {
      depth -= 1;
      // One that calls another is counted once.
      if (depth === 0) spent += performance.now() - start;
    }
  };
}

const database = Database.prototype;
const statement = Object.getPrototypeOf(new Database(":memory:").prepare("SELECT 1"));
for (const name of ["prepare", "exec", "pragma", "close"] as const) {
  Object.assign(database, { [name]: timed(database[name]) });
}
for (const name of ["all", "get", "run"]) {
  Object.assign(statement, { [name]: timed(statement[name]) });
}
process.on("exit", () => writeSync(3, `${spent}`));
