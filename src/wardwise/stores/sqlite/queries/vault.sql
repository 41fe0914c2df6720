-- name: remember
INSERT INTO person (token, authority, identifier) VALUES (?, ?, ?) ON CONFLICT (token) DO NOTHING

-- name: reveal
SELECT token, authority, identifier FROM person WHERE token = ?

-- name: mark
SELECT mark FROM mark

-- name: put_mark
INSERT INTO mark (mark) VALUES (?)
