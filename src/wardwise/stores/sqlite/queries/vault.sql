-- name: remember
INSERT INTO person (token, authority, identifier) VALUES (?, ?, ?) ON CONFLICT (token) DO NOTHING

-- name: reveal
SELECT token, authority, identifier FROM person WHERE token = ?
