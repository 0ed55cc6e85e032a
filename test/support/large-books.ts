import { withBooks } from "../../src/ledger/open.ts";

/** Makes books with so many rows in `daily_usage`: two years of days, over as many machines as it takes. */
export async function makeLargeBooks(path: string, rows: number): Promise<void> {
  await withBooks(path, (books) => {
    books
      .prepare(
        `INSERT INTO daily_usage (
           date, agent, machine, input_tokens, output_tokens, cache_creation_tokens,
           cache_read_tokens, total_tokens, total_cost, unpriced_tokens, models_used, fetched_at)
         WITH RECURSIVE number(n) AS (
           SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n + 1 < :rows
         )
         SELECT
           date('2024-01-01', (n % 730) || ' days'), 'claude', 'machine-' || (n / 730),
           n % 977, n % 9973, n * 31 % 99991, n * 17 % 9999991,
           n % 977 + n % 9973 + n * 31 % 99991 + n * 17 % 9999991,
           CASE WHEN n % 10 > 0 THEN n * 7 % 100003 / 1e4 END, n % 3,
           CASE n % 3 WHEN 0 THEN '[]' ELSE '["claude-opus-4-8","claude-sonnet-4-6"]' END,
           strftime('%Y-%m-%dT%H:%M:%S.000Z', '2026-01-01', (n % 86400) || ' seconds')
         FROM number
         ORDER BY 1`,
      )
      .run({ rows });
  });
}
