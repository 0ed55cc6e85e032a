import type Database from "better-sqlite3";

/** The books, opened. */
export type Books = Database.Database;
