-- Which git branches do the books know?
SELECT name FROM branch ORDER BY id DESC;
