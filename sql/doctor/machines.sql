-- Every machine in the books, and the zone its days are counted in.
SELECT id, uid, name, label, timezone FROM machine ORDER BY label;
