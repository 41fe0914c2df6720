-- name: remember
INSERT INTO person (token, authority, identifier) VALUES (%s, %s, %s) ON CONFLICT (token) DO NOTHING

-- name: reveal
SELECT token, authority, identifier FROM person WHERE token = ANY(%s)

-- name: mark
SELECT mark FROM mark

-- name: put_mark
INSERT INTO mark (mark) VALUES (%s)
